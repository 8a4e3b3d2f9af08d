/**
 * The command line as data, read off commander's program: what completions and the manual are made from.
 * @module
 */
import type { Command } from 'commander';
import type { EventEmitter } from 'node:events';

export interface CommandNode {
  /** Words after `attune`; none of the program itself. */
  path: string[];
  description: string;
  /** "[options] <run>" */
  usage: string;
  options: { flags: string; long: string; short?: string; description: string; values?: string[] }[];
  /** What its argument may be, where that is one of a few words. */
  values: string[];
  below: CommandNode[];
  /** What stands below the options in `--help`: an example, a rule. */
  after: string;
}

export function treeOf(command: Command, path: string[] = []): CommandNode {
  const help = command.createHelp();
  return {
    path,
    description: command.description(),
    usage: command.usage(),
    options: help.visibleOptions(command).map(({ flags, long, short, description, argChoices }) => ({
      flags,
      long: long ?? '',
      short: short ?? undefined,
      description,
      values: argChoices,
    })),
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    below: help
      .visibleCommands(command)
      .filter((one) => one.name() !== 'help')
      .map((one) => treeOf(one, [...path, one.name()])),
    after: afterOf(command),
  };
}

export const allIn = (node: CommandNode): CommandNode[] => [node, ...node.below.flatMap(allIn)];

/** What `addHelpText('after', …)` adds: commander keeps it as a listener that writes. */
function afterOf(command: Command): string {
  const parts: string[] = [];
  (command as unknown as EventEmitter).emit('afterHelp', {
    error: false,
    command,
    write: (text: string) => parts.push(text),
  });
  return parts.join('').trim();
}
