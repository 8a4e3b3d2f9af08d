/**
 * The containers of a training job, one a host, which run script mode by the real toolkit and find each other.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LogWriter } from '../logFiles.js';
import { LOOPBACK, namesOf, type Host } from './cluster.js';
import { containerCommand, programOf, run, type Command } from './container.js';
import { freePort } from './freePort.js';
import type { Job } from './job.js';
import type { JobFolder, JobPlan } from './jobFolder.js';

export type TrainingPlan = JobPlan & { kind: 'training-job' };

/** How the containers ended: the first host that failed, or none. */
export interface End {
  exitCode: number;
  host?: Host;
}

/** The toolkit's module for training by PyTorch, and where the one for several hosts lies. */
const MODULE = 'sagemaker_pytorch_container.training:main';
const OWN_MODULES = fileURLToPath(new URL('../../python/container/training', import.meta.url));

/**
 * Runs a container on every host until all have ended; the first that fails ends the others.
 *
 * @throws JobFailure when the program cannot be started
 */
export async function runHosts(
  plan: TrainingPlan,
  { journal, interrupted, folder }: Job,
  hosts: Host[],
  lost: AbortSignal,
  onLine: (line: string, time: number) => void,
): Promise<End> {
  const failed = new AbortController();
  let end: End = { exitCode: 0 };
  let isStopping = false;
  const masterPort = hosts.length > 1 ? await freePort() : undefined;
  writeFileSync(folder.names, namesOf(hosts));
  const runHost = async (host: Host): Promise<void> => {
    const log = new LogWriter(host.logPath, onLine);
    try {
      const exitCode = await run(commandOf(plan, host, folder, hosts.length, masterPort), {
        log,
        interrupted,
        lost: AbortSignal.any([lost, failed.signal]),
        graceMs: plan.stopGraceMs,
        onStart: (leader) => journal.leader(leader),
        onInterruption: () => {
          if (!isStopping) journal.enter('Stopping', 'Stopping the training job', 'Stopping');
          isStopping = true;
        },
      });
      if (exitCode !== 0 && !end.host) end = { exitCode, host };
      // When the job is stopped, each host has its own grace.
      if (exitCode !== 0 && !interrupted.aborted) failed.abort();
    } catch (error) {
      failed.abort();
      throw error;
    } finally {
      log.close();
    }
  };
  const runs = await Promise.allSettled(hosts.map(runHost));
  const broken = runs.find((one) => one.status === 'rejected');
  if (broken) throw broken.reason as Error;
  return end;
}

/** Script mode by the real toolkit, unless the request brings a command of its own. */
function commandOf(
  { request, python, namespaces, name, arn }: TrainingPlan,
  { ml }: Host,
  { network, names }: JobFolder,
  hosts: number,
  masterPort: number | undefined,
): Command {
  const { ContainerEntrypoint, ContainerArguments = [] } = request.AlgorithmSpecification ?? {};
  const line = [...(ContainerEntrypoint ?? [programOf(python, 'train')]), ...ContainerArguments];
  const processes = hosts * Number(request.HyperParameters?.['sagemaker_mpi_num_of_processes_per_host'] ?? 1);
  const enclosure = { python, namespaces, network: request.EnableNetworkIsolation ? network : undefined, names };
  const command = containerCommand(enclosure, line, ml, request.Environment, processes);
  return {
    ...command,
    environment: {
      ...command.environment,
      TRAINING_JOB_NAME: name,
      TRAINING_JOB_ARN: arn,
      ...(!namespaces && { SAGEMAKER_BASE_DIR: ml }),
      SAGEMAKER_TRAINING_MODULE: MODULE,
      // Keeps the toolkit from waiting for the hosts' names to resolve.
      SM_STUDIO_LOCAL_MODE: 'true',
      GLOO_SOCKET_IFNAME: LOOPBACK,
      ...(masterPort !== undefined && {
        SAGEMAKER_TRAINING_MODULE: 'local_port:main',
        LOCAL_SAGEMAKER_MASTER_PORT: String(masterPort),
        PYTHONPATH: OWN_MODULES,
      }),
    },
  };
}
