/**
 * `attune completion`: what a shell needs to complete the command line, made from the command line itself.
 * @module
 */
import type { Command } from 'commander';
import { allIn, treeOf, type CommandNode } from './commandTree.js';
import { EXIT } from './exit.js';
import type { Io } from './io.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function completion(io: Io, program: Command, shell: Shell): number {
  io.out(completionFor(shell, treeOf(program)));
  io.next(HOW[shell]);
  return EXIT.done;
}

const HOW: Record<Shell, string> = {
  bash: "echo 'source <(attune completion bash)' >> ~/.bashrc",
  zsh: "echo 'source <(attune completion zsh)' >> ~/.zshrc   # after compinit",
  fish: 'attune completion fish > ~/.config/fish/completions/attune.fish',
};

export const completionFor = (shell: Shell, tree: CommandNode): string => SCRIPTS[shell](allIn(tree));

const SCRIPTS: Record<Shell, (nodes: readonly CommandNode[]) => string> = { bash, zsh, fish };

const nameOf = ({ path }: CommandNode): string => ['attune', ...path].join(' ');
const flagsOf = ({ options }: CommandNode): string[] =>
  options.flatMap(({ long, short }) => [long, short ?? []].flat());
const wordsOf = ({ below, values }: CommandNode): string[] => [...below.map(({ path }) => path.at(-1)!), ...values];

/** Options whose value is one of a few words, with them. */
const choicesIn = (nodes: readonly CommandNode[]): [flag: string, values: string[]][] =>
  nodes.flatMap(({ options }) =>
    options.flatMap(({ long, values }): [string, string[]][] => (values ? [[long, values]] : [])),
  );

function bash(nodes: readonly CommandNode[]): string {
  const verbs = nodes.slice(1).map((node) => `'${nameOf(node)}'`);
  return `# bash completion for attune: source <(attune completion bash)
_attune() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at='attune' flags='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${verbs.join(' | ')}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at" in
${nodes.map((node) => `    '${nameOf(node)}') flags='${flagsOf(node).join(' ')}' words='${wordsOf(node).join(' ')}' ;;`).join('\n')}
  esac
  case "$prev" in
${choicesIn(nodes)
  .map(([flag, values]) => `    '${flag}') words='${values.join(' ')}' ;;`)
  .join('\n')}
  esac
  if [[ "$cur" == -* ]]; then words="$flags"; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _attune attune`;
}

function zsh(nodes: readonly CommandNode[]): string {
  const verbs = nodes.slice(1).map((node) => `'${nameOf(node)}'`);
  const described = (pairs: readonly (readonly [word: string, what: string])[]): string =>
    pairs.map(([word, what]) => quoted(`${word}:${what}`)).join(' ');
  const caseOf = (node: CommandNode): string => {
    const flags = node.options.map(({ long, description }) => [long, description] as const);
    const words = [
      ...node.below.map(({ path, description }) => [path.at(-1)!, description] as const),
      ...node.values.map((value) => [value, value] as const),
    ];
    return `    '${nameOf(node)}') flags=(${described(flags)}); words_here=(${described(words)}) ;;`;
  };
  return `#compdef attune
# zsh completion for attune: source <(attune completion zsh)
_attune() {
  local at='attune' i
  local -a flags words_here
  for ((i = 2; i < CURRENT; i++)); do
    case "$at $words[i]" in
      (${verbs.join('|')}) at="$at $words[i]" ;;
    esac
  done
  case "$at" in
${nodes.map(caseOf).join('\n')}
  esac
  if [[ "$words[CURRENT]" == -* ]]; then _describe 'option' flags
  elif (( $#words_here )); then _describe 'command' words_here
  else _files
  fi
}
compdef _attune attune`;
}

function fish(nodes: readonly CommandNode[]): string {
  const paths = nodes.slice(1).map(({ path }) => `'${path.join(' ')}'`);
  const lines = nodes.flatMap((node) => {
    const at = `-n "__attune_at ${quoted(node.path.join(' '))}"`;
    return [
      ...node.below.map(
        ({ path, description }) => `complete -c attune -f ${at} -a ${path.at(-1)} -d ${quoted(description)}`,
      ),
      ...node.values.map((value) => `complete -c attune -f ${at} -a ${value}`),
      ...node.options.map(({ long, short, description, values }) =>
        [
          `complete -c attune ${at} -l ${long.slice(2)}`,
          ...(short ? [`-s ${short.slice(1)}`] : []),
          ...(values ? [`-xa ${quoted(values.join(' '))}`] : []),
          `-d ${quoted(description)}`,
        ].join(' '),
      ),
    ];
  });
  return `# fish completion for attune: attune completion fish | source
function __attune_at
    set -l at
    for word in (commandline -opc)[2..]
        contains -- (string join ' ' $at $word) ${paths.join(' ')}; and set -a at $word
    end
    test "$at" = "$argv"
end
${lines.join('\n')}`;
}

/** Within single quotes, as all three shells read them. */
const quoted = (text: string): string => `'${text.replaceAll("'", '’')}'`;
