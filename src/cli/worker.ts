/**
 * `attune worker`: polls the task queues until it is stopped.
 * @module
 */
import { Runtime } from '@temporalio/worker';
import { loadDataConverter } from '../client/dataConverter.js';
import { runWorker, type WorkerSettings } from '../worker.js';
import { installTelemetry, type Telemetry } from '../worker/telemetry.js';
import { EXIT } from './exit.js';
import type { Io } from './io.js';

export interface WorkerFlags
  extends
    Telemetry,
    Pick<
      WorkerSettings,
      | 'eventsPort'
      | 'eventsQueue'
      | 'health'
      | 'taskQueue'
      | 'queues'
      | 'identity'
      | 'awsCallsPerSecond'
      | 'searchAttributes'
      | 'traces'
    > {
  deploymentName?: string;
  buildId?: string;
  versioningBehavior?: 'pinned' | 'auto-upgrade';
  /** Path of a module. */
  dataConverter?: string;
}

export async function worker(io: Io, flags: WorkerFlags): Promise<number> {
  const { deploymentName, buildId, versioningBehavior, dataConverter, ...more } = flags;
  if ((deploymentName === undefined) !== (buildId === undefined)) {
    io.say('--deployment-name and --build-id go together: name both, or neither for a worker without a version');
    return EXIT.usage;
  }
  const { logLevel, logFormat, metrics, otlp, ...settings } = more;
  const log = installTelemetry({ logLevel, logFormat, metrics, otlp }, io.say);
  const runtime = Runtime.instance();
  try {
    await runWorker({
      ...settings,
      log,
      // By environment alone: arguments are seen by everybody on the machine.
      eventsToken: io.env['ATTUNE_EVENTS_TOKEN'],
      dataConverter: dataConverter === undefined ? undefined : await loadDataConverter(dataConverter),
      deployment: deploymentName && buildId ? { deploymentName, buildId } : undefined,
      versioningBehavior: versioningBehavior === 'auto-upgrade' ? 'AUTO_UPGRADE' : 'PINNED',
    });
    return EXIT.done;
  } finally {
    // It ends with its last connection. Where there never was one, it would hold the process, and its signals, for ever.
    await runtime.shutdown();
  }
}
