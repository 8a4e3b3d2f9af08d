/**
 * How Temporal's development server is started: what every local server of attune needs, whatever its database.
 * @module
 */
import type { Connection } from '@temporalio/client';
import { searchAttributes } from '../run/searchAttributes.js';

const DYNAMIC_CONFIG: Record<string, unknown> = {
  'frontend.WorkflowPauseEnabled': true,
  // One process serves each queue: with more than one partition, tasks and polls only meet by way of forwards, which the
  // server limits to ten a second, and each partition asks for its queue's data again and again.
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  // The default, 1,200, is for a host in a cluster of many; here it refuses what the machine could still do.
  'matching.rps': 10_000,
  // How often a history shard looks for what its workflows have to do next. The default, 20 a second, is for a host with
  // hundreds of shards; of the one here, each step of each workflow would wait up to 50 ms for its turn.
  'history.transferProcessorMaxPollRPS': 200,
  'history.timerProcessorMaxPollRPS': 200,
  // The HTTP API takes any page's POST and no key. Nothing here uses it: of a host that nothing can be called, it serves none.
  'frontend.httpAllowedHosts': ['disabled.invalid'],
};

/** Arguments of the `temporal` command line. */
export const temporalServerArgs = ({ ip, port }: { ip: string; port: number }): string[] => [
  ...['server', 'start-dev', '--ip', ip, '--port', String(port)],
  ...Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => [
    '--dynamic-config-value',
    `${key}=${JSON.stringify(value)}`,
  ]),
  ...searchAttributes.flatMap(({ name, type }) => ['--search-attribute', `${name}=${type}`]),
];

/** How long ended runs are remembered here. The server's own default, a day, is for those whom space costs something. */
const RETENTION_DAYS = 365;

/** Also of a namespace that an earlier server made: start-dev has no flag for it. */
export async function rememberRuns({ workflowService }: Connection): Promise<void> {
  await workflowService.updateNamespace({
    namespace: 'default',
    config: { workflowExecutionRetentionTtl: { seconds: RETENTION_DAYS * 86_400 } as never },
  });
}
