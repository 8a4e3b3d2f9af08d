/**
 * What a tuning job needs before it starts, and what is kept of it when it has ended.
 * @module
 */
import { OBJECTIVE } from '../aws/requests/training.js';
import { dataReportSchema } from '../run/dataReport.js';
import { filesOf } from '../run/files.js';
import type { Run } from '../run/run.js';
import type { Trials } from '../run/trials.js';
import { readJson, writeObject } from '../aws/s3.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';
import { bestOf, listTrials, viewOf } from './trials.js';

export const createTuningActivities = (deps: Deps) => ({
  /** All trials as small JSON into the run's folder, for the report and for people. @returns its S3 URI */
  async writeTrials({ run, tuningJob }: WriteTrials): Promise<{ uri: string }> {
    const uri = filesOf(run).trials;
    await calling(`keeping the trials of ${tuningJob}`, deps, async () => {
      const trials = await listTrials(deps, tuningJob);
      const record: Trials = {
        version: 1,
        tuningJob,
        objective: OBJECTIVE,
        best: bestOf(trials)?.name,
        trials: trials.map(viewOf),
      };
      await writeObject(deps.s3, uri, `${JSON.stringify(record, null, 1)}\n`, run.spec.encryption.outputKmsKeyId);
    });
    return { uri };
  },
});

export interface WriteTrials {
  run: Run;
  tuningJob: string;
}

/** From the data report, where it tells. */
export async function trainPairsIn(deps: Deps, run: Run): Promise<number | undefined> {
  const uri = filesOf(run).dataReport;
  const report = await calling(`reading ${uri}`, deps, () => readJson(deps.s3, uri));
  return dataReportSchema.safeParse(report).data?.counts.train.pairs;
}
