/**
 * `attune worker`: polls the three task queues until it is stopped.
 * @module
 */
import { runWorker, type WorkerSettings } from '../worker.js';
import { installWorkerLog } from '../worker/log.js';
import { EXIT } from './exit.js';
import type { Io } from './io.js';

export interface WorkerFlags {
  eventsPort?: number;
  eventsQueue?: string;
  identity?: string;
  awsCallsPerSecond?: number;
  deploymentName?: string;
  buildId?: string;
}

export async function worker(io: Io, { deploymentName, buildId, ...flags }: WorkerFlags): Promise<number> {
  if ((deploymentName === undefined) !== (buildId === undefined)) {
    io.say('--deployment-name and --build-id go together: name both, or neither for a worker without a version');
    return EXIT.usage;
  }
  installWorkerLog(io.say);
  const deployment: WorkerSettings['deployment'] = deploymentName && buildId ? { deploymentName, buildId } : undefined;
  // By environment alone: arguments are seen by everybody on the machine.
  await runWorker({ ...flags, deployment, eventsToken: io.env['ATTUNE_EVENTS_TOKEN'] });
  return EXIT.done;
}
