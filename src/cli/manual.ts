/**
 * `attune manual`: the manual page, made from the command line itself. The build puts it into the package.
 * @module
 */
import type { Command } from 'commander';
import { version } from '../client/version.js';
import { allIn, treeOf, type CommandNode } from './commandTree.js';
import { EXIT } from './exit.js';
import type { Io } from './io.js';

export function manual(io: Io, program: Command): number {
  io.out(manualOf(treeOf(program), version()));
  return EXIT.done;
}

/** In roff, by the macros of man(7). */
export const manualOf = (tree: CommandNode, release: string): string =>
  [
    `.TH ATTUNE 1 "" ${quoted(`attune ${release}`)} "attune"`,
    '.SH NAME',
    `attune \\- ${text(lowered(tree.description))}`,
    '.SH SYNOPSIS',
    '.B attune',
    '.I verb',
    '[arguments] [options]',
    '.SH DESCRIPTION',
    ...block(tree.after),
    '.SH VERBS',
    ...allIn(tree)
      .slice(1)
      .flatMap((node) => sectionOf(node)),
    '.SH EXIT STATUS',
    ...EXITS.flatMap(([code, what]) => ['.TP', `.B ${code}`, text(what)]),
    '.SH ENVIRONMENT',
    ...VARIABLES.flatMap(([name, what]) => ['.TP', `.B ${name}`, text(what)]),
  ].join('\n');

const EXITS: readonly [number, string][] = [
  [EXIT.done, 'done'],
  [EXIT.failed, 'the run, or the command, failed'],
  [EXIT.usage, 'wrong usage, or a refused spec'],
  [EXIT.rejected, 'the gate or a person rejected the model, it is unproven, or nobody decided in time'],
  [EXIT.cancelled, 'cancelled'],
  [EXIT.interrupted, 'interrupted'],
];

const VARIABLES: readonly [string, string][] = [
  ['AWS_*, TEMPORAL_*', "AWS's and Temporal's own, and their profiles"],
  ['ATTUNE_BUCKET, ATTUNE_PREFIX', 'where runs and uploads lie in S3'],
  ['ATTUNE_ROLE_ARN', 'the role that jobs assume'],
  ['NO_COLOR', 'no colour'],
];

const sectionOf = ({ path, usage, description, options, after }: CommandNode): string[] => [
  `.SS ${quoted(`attune ${path.join(' ')} ${usage}`.trim())}`,
  text(description),
  ...options.flatMap(({ flags, description: what }) => ['.TP', `.B ${text(flags)}`, text(what)]),
  ...(after ? block(after) : []),
];

/** As it stands, lines and all. */
const block = (lines: string): string[] => ['.PP', '.nf', ...lines.split('\n').map(text), '.fi'];

/** What roff would take for its own is escaped: backslashes, hyphens, and a full stop or quote at a line's beginning. */
const text = (line: string): string =>
  line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1')
    .replaceAll('\n', ' ');
const quoted = (line: string): string => `"${text(line).replaceAll('"', '\\(dq')}"`;
const lowered = (line: string): string => line.charAt(0).toLowerCase() + line.slice(1);
