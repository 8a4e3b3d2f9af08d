/**
 * Who polls a task queue, and whether work reaches them: with worker versioning only the current version gets new runs.
 * @module
 */
import type { Client } from '@temporalio/client';

/** Of the server's TaskQueueType. */
const TYPE = { workflows: 1, activities: 2 } as const;
/** Of the server's WorkerVersioningMode. */
const VERSIONED = 2;

export interface Pollers {
  queue: string;
  count: number;
  /** Somebody polls, but no new run gets to them: versions that are not current. */
  notCurrent: { deploymentName: string; buildId: string }[];
}

export async function pollersOf(
  { workflowService, options: { namespace } }: Client,
  queue: string,
  kind: keyof typeof TYPE,
): Promise<Pollers> {
  const { pollers, versioningInfo } = await workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: queue },
    taskQueueType: TYPE[kind],
  });
  const current = versioningInfo?.currentDeploymentVersion;
  const versions = (pollers ?? []).map(({ deploymentOptions }) =>
    deploymentOptions && Number(deploymentOptions.workerVersioningMode) === VERSIONED
      ? { deploymentName: deploymentOptions.deploymentName ?? '', buildId: deploymentOptions.buildId ?? '' }
      : undefined,
  );
  const takes = (version: (typeof versions)[number]): boolean =>
    version?.buildId === (current?.buildId || undefined) &&
    version?.deploymentName === (current?.deploymentName || undefined);
  return {
    queue,
    count: versions.length,
    notCurrent: versions.some(takes) ? [] : versions.filter((version) => version !== undefined),
  };
}

/** What to do where `notCurrent` names versions. */
export function notCurrentInWords({ queue, notCurrent }: Pollers): { message: string; mend: string } {
  const [newest] = notCurrent;
  const builds = [...new Set(notCurrent.map(({ deploymentName, buildId }) => `${deploymentName} ${buildId}`))];
  return {
    message: `no current version polls task queue ${queue}: there ${builds.length === 1 ? 'is' : 'are'} ${builds.join(', ')}`,
    mend: `temporal worker deployment set-current-version --deployment-name ${newest?.deploymentName} --build-id ${newest?.buildId}`,
  };
}
