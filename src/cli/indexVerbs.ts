/**
 * Declares `attune index` and its verbs; what they do is loaded when one is called.
 * @module
 */
import type { Command } from 'commander';
import type { Io, JsonFlag } from './io.js';
import type { SyncFlags } from './indexSync.js';
import type { IndexRollbackFlags } from './vectorIndex.js';

export function declareIndex(
  parent: Command,
  io: Io,
  done: (code: number) => void,
  { run, json }: { run: string; json: readonly [string, string] },
): void {
  const index = parent
    .description('the index that goes with a model: build, sync, status, rollback')
    .addHelpText('after', '\nExample:\n  $ attune index sync attune.yaml --every 1h');
  const verbs = () => import('./vectorIndex.js');
  const verb = (usage: string, description: string, example: string): Command =>
    index
      .command(usage)
      .description(description)
      .argument('<run>', `${run}; or a spec file`)
      .option(...json)
      .addHelpText('after', `\nExample:\n  $ attune index ${example}`);

  index
    .command('build')
    .description(
      'build an index for the model that serves: nothing is fitted; index and an endpoint of its own are switched together',
    )
    .argument('<spec>', 'YAML or JSON file with the key index; its local files are uploaded')
    .option(...json)
    .addHelpText('after', '\nExample:\n  $ attune index build attune.yaml')
    .action(async (spec: string, flags: JsonFlag) =>
      done(await (await import('./indexBuild.js')).build(io, spec, flags)),
    );
  index
    .command('sync')
    .description(
      'bring the index in service level with its documents: what is new or changed is embedded, what is gone goes',
    )
    .argument('<spec>', 'YAML or JSON file, whose local files are uploaded; or a run, whose data in S3 are read anew')
    .option('--every <interval>', 'again and again: 15m, 12h, 7d; see attune schedule')
    .option('--cron <line>', 'instead of --every: minute, hour, day of the month, month, day of the week')
    .option('--time-zone <zone>', 'of --cron, such as Europe/Berlin (default: UTC)')
    .option(...json)
    .addHelpText('after', '\nExample:\n  $ attune index sync attune.yaml --every 1h')
    .action(async (of: string, flags: SyncFlags) => done(await (await import('./indexSync.js')).sync(io, of, flags)));
  verb('status', 'the version in service, and those that are kept', 'status support-search').action(
    async (id: string, flags: JsonFlag) => done(await (await verbs()).status(io, id, flags)),
  );
  verb(
    'rollback',
    'point back to the pair of endpoint and index that served before; nothing is embedded',
    'rollback support-search',
  )
    .option('--to <version>', 'a version that is kept (default: the one that served before)')
    .action(async (id: string, flags: IndexRollbackFlags) => done(await (await verbs()).rollback(io, id, flags)));
}
