/**
 * Declares verbs about what serves: taking it away, going back, reading its logs.
 * @module
 */
import { Option } from 'commander';
import type { Declaring } from './declaring.js';
import type { LogsFlags } from './logs.js';
import type { RollbackFlags } from './rollback.js';
import type { UndeployFlags } from './undeploy.js';

const ENDPOINT = "the endpoint's name: that of its spec, where deploy.endpoint names no other";

export function declareService({ verb, io, done, RUN, JSON_FLAG, wholeNumber }: Declaring): void {
  verb('logs', "what a run's job, or the endpoint, has written", 'logs support-search --stage train --follow')
    .argument('<run>', RUN)
    .option('--stage <stage>', 'whose; deploy: of the endpoint (default: what failed, else the last that ran)')
    .option('--follow', 'keep printing until the job has ended; of an endpoint, until Ctrl-C')
    .addOption(
      new Option('--tail <count>', 'only the last so many lines').argParser(wholeNumber(1)).conflicts('follow'),
    )
    .option('--json', 'print one JSON object a line')
    .action(async (run: string, flags: LogsFlags) => done(await (await import('./logs.js')).logs(io, run, flags)));

  verb(
    'rollback',
    'put the model before into service again, verified as a deployment is',
    'rollback support-search --by "R. Imai" --reason "misses part numbers"',
  )
    .argument('<name>', ENDPOINT)
    .requiredOption('--by <name>', 'who decides; goes on record')
    .option('--reason <text>', 'why')
    .option(...JSON_FLAG)
    .action(async (name: string, flags: RollbackFlags) =>
      done(await (await import('./rollback.js')).rollback(io, name, flags)),
    );

  verb(
    'undeploy',
    'take an endpoint away, with the config and the model entries that attune made for it',
    'undeploy support-search',
  )
    .argument('<name>', ENDPOINT)
    .option('--yes', 'without a question')
    .option(...JSON_FLAG)
    .action(async (name: string, flags: UndeployFlags) =>
      done(await (await import('./undeploy.js')).undeploy(io, name, flags)),
    );
}
