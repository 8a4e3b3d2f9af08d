/**
 * The folder of a run that has ended: what nobody goes on from any more is removed, and what stays is weighed.
 * @module
 */
import { storageUsdPerMonth } from '../aws/prices.js';
import { listObjects, locationOf, removeObjects } from '../aws/s3.js';
import { filesOf } from '../run/files.js';
import type { Stored } from '../run/progress.js';
import type { Run } from '../run/run.js';
import { alive } from './alive.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';

export interface TidyRun {
  run: Run;
  /** A run that failed or was cancelled may go on from its checkpoints. */
  keepsCheckpoints: boolean;
}

export const createTidyingActivities = (deps: Deps) => ({
  /** Repeated, it finds less to remove. @returns undefined where the folder has too many objects to list */
  tidyRun: ({ run, keepsCheckpoints }: TidyRun): Promise<{ stored?: Stored }> =>
    alive(async (task) => {
      const { checkpoints } = filesOf(run);
      const objects = await calling(`listing ${run.folder}`, deps, () =>
        listObjects(deps.s3, run.folder, (listed) => (task.progress = { listed })),
      );
      if (objects === undefined) return {};
      const below = locationOf(checkpoints).key;
      const spent = keepsCheckpoints ? [] : objects.filter(({ key }) => key.startsWith(below));
      await calling(`removing ${checkpoints}`, deps, () =>
        removeObjects(deps.s3, locationOf(checkpoints).bucket, spent),
      );
      const bytes = bytesOf(objects) - bytesOf(spent);
      return { stored: { bytes, removedBytes: bytesOf(spent), usdPerMonth: storageUsdPerMonth(run.region, bytes) } };
    }),
});

const bytesOf = (objects: readonly { bytes: number }[]): number => objects.reduce((sum, { bytes }) => sum + bytes, 0);
