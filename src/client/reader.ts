/**
 * All that can be looked at without changing anything.
 * @module
 */
import type { Progress } from '../run/progress.js';
import { AttuneError } from '../spec/attuneError.js';
import { awsClients, type AwsClients } from './aws.js';
import { logTail, type LogTail } from './report/logTail.js';
import { query, type QueryAnswer } from './report/query.js';
import { report, type DownloadedReport } from './report/report.js';
import { compare, type RunComparison } from './runs/compare.js';
import { setAside } from './report/setAside.js';
import type { SetAside } from '../run/dataReport.js';
import type { ListOptions, RunSummary } from './runs/list.js';
import { inService } from './runs/serving.js';
import { toldByRecords, type Told } from './runs/told.js';
import { settingsFrom } from './settings.js';

/** `id` is a workflow id, a run id, or a spec's name: then its latest run. */
export interface Reader {
  progress(id: string): Promise<Progress>;
  list(options?: ListOptions): Promise<RunSummary[]>;
  compare(a: string, b: string): Promise<RunComparison>;
  /** The k (default 5) nearest passages of the run's corpus, under base and tuned model. */
  query(id: string, text: string, k?: number): Promise<QueryAnswer>;
  /** The end of the log of the job that a run failed by, where there is one. */
  logTail(id: string): Promise<LogTail | undefined>;
  /** What the run's data lost on the way to training, by reason, with examples. */
  setAside(id: string): Promise<SetAside[]>;
  /** Downloads the evaluation report as a page, and returns it as data too. */
  report(id: string, to?: string): Promise<DownloadedReport>;
  close(): Promise<void>;
}

export const readerOf = (aws: AwsClients, told: Told): Omit<Reader, 'close'> => ({
  progress: (id) => told.progress(id),
  list: async (options) => {
    const runs = await told.list(options);
    return options?.serving ? inService(runs, aws.sageMaker()) : runs;
  },
  compare: (a, b) => compare(told, a, b),
  query: async (id, text, k) => {
    const progress = await told.progress(id);
    const { base } = (await told.spec(progress, id)) as { base: string };
    return query(aws, progress, base, text, k);
  },
  logTail: async (id) => logTail(aws.s3, await told.progress(id)),
  setAside: async (id) => setAside(aws.s3, await told.progress(id)),
  report: async (id, to) => report(aws, await told.progress(id), to),
});

/**
 * What S3 tells of runs that have ended, for while no Temporal server answers. All of it has `mayBeOld`: a run may have been
 * retried since, and which runs go on is not known.
 *
 * @param silence  thrown by each method for what no record tells. Default: NotAvailable
 */
export function readRecords(
  env: NodeJS.ProcessEnv = process.env,
  silence = new AttuneError(
    'NotAvailable',
    'Temporal is not asked, and no record in S3 tells of it',
    'a run leaves its record at its end: connect to Temporal for one that goes on',
  ),
): Reader {
  const aws = awsClients(env);
  const told = toldByRecords({ s3: aws.s3, settings: settingsFrom(env) }, silence);
  return { ...readerOf(aws, told), close: () => Promise.resolve(aws.close()) };
}
