/**
 * What a tuning job needs before it starts, and what is kept of it when it has ended.
 * @module
 */
import { OBJECTIVE } from '../aws/requests/training.js';
import { dataReportSchema } from '../run/dataReport.js';
import { filesOf } from '../run/files.js';
import type { Run } from '../run/run.js';
import type { Trials } from '../run/trials.js';
import { readJson } from '../aws/s3.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';
import { writeRecord } from './records.js';
import { bestOf, listTrials, viewOf } from './trials.js';

export const createTuningActivities = (deps: Deps) => ({
  /** All trials as small JSON into the run's folder, for the report and for people. @returns its S3 URI */
  async writeTrials({ run, tuningJob }: WriteTrials): Promise<{ uri: string }> {
    const uri = filesOf(run).trials;
    const trials = await calling(`listing the trials of ${tuningJob}`, deps, () => listTrials(deps, tuningJob));
    const record: Trials = {
      version: 1,
      tuningJob,
      objective: OBJECTIVE,
      best: bestOf(trials)?.name,
      trials: trials.map(viewOf),
    };
    await writeRecord(deps, run, uri, record);
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
