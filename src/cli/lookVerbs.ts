/**
 * Declares verbs that look at what runs and models have come to, and those that tell of the command line itself.
 * @module
 */
import { Argument, type Command } from 'commander';
import { SHELLS, type Shell } from './completion.js';
import type { Declaring } from './declaring.js';
import type { OpenFlags } from './open.js';
import type { TrendFlags } from './trend.js';
import type { UiFlags } from './ui.js';

export function declareLooks({
  verb,
  io,
  done,
  program,
  RUN,
  JSON_FLAG,
  wholeNumber,
  port,
}: Declaring & { program: Command; port: (text: string) => number }): void {
  verb('trend', 'the scores of a name over its retrainings, with intervals, and on which test', 'trend support-search')
    .argument('<name>', "a spec's name")
    .option('--limit <count>', 'of the latest so many runs', wholeNumber(1), 50)
    .option(...JSON_FLAG)
    .action(async (name: string, flags: TrendFlags) => done(await (await import('./trend.js')).trend(io, name, flags)));

  verb('open', "a run's page in the Temporal UI, or its report, in the browser", 'open support-search --report')
    .argument('<run>', RUN)
    .option('--report', 'download the evaluation report, and show that')
    .option(...JSON_FLAG)
    .action(async (run: string, flags: OpenFlags) => done(await (await import('./open.js')).open(io, run, flags)));

  verb('ui', 'all runs as pages in your browser, from this machine alone, until Ctrl-C', 'ui --port 7100')
    .option('--port <port>', 'where it listens (default: 7100, or a free one)', port)
    .option('--json', 'print the address as JSON on stdout')
    .action(async (flags: UiFlags) => done(await (await import('./ui.js')).ui(io, flags)));

  verb(
    'completion',
    'print what a shell needs to complete verbs and flags',
    'completion bash   # source <(attune completion bash)',
  )
    .addArgument(new Argument('<shell>', 'whose').choices(SHELLS))
    .action(async (shell: Shell) => done((await import('./completion.js')).completion(io, program, shell)));

  verb('manual', 'print the manual page, in roff', 'manual | man -l -').action(async () =>
    done((await import('./manual.js')).manual(io, program)),
  );
}
