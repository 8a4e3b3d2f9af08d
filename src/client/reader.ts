/**
 * All that can be looked at without changing anything.
 * @module
 */
import { text } from 'node:stream/consumers';
import type { Progress } from '../run/progress.js';
import { AttuneError, SpecRefused } from '../spec/attuneError.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { awsClients, readObject, type AwsClients } from './aws.js';
import { openIndex, type VectorIndex } from './index/open.js';
import { checkSpec } from './inputs/specFile.js';
import type { LogLine } from './report/logStreams.js';
import { logTail, type LogTail } from './report/logTail.js';
import { questionSample, type QuestionSample } from './report/questionSample.js';
import { query, type QueryAnswer } from './report/query.js';
import { report, reportPage, type DownloadedReport } from './report/report.js';
import { linesOf, logSourceOf, type LogOptions, type LogSource } from './report/runLog.js';
import { shareReport, type SharedReport } from './report/share.js';
import { compare, type RunComparison } from './runs/compare.js';
import { setAside } from './report/setAside.js';
import type { SetAside } from '../run/dataReport.js';
import { costByMonth, type CostOptions, type MonthlyCost } from './runs/costByMonth.js';
import type { ListOptions, RunSummary } from './runs/list.js';
import { inService } from './runs/serving.js';
import { trend, type TrendOptions, type TrendPoint } from './runs/trend.js';
import { toldByRecords, type Told } from './runs/told.js';
import { settingsFrom, type Settings } from './settings.js';

/** `id` is a workflow id, a run id, or a spec's name: then its latest run. */
export interface Reader {
  progress(id: string): Promise<Progress>;
  list(options?: ListOptions): Promise<RunSummary[]>;
  compare(a: string, b: string): Promise<RunComparison>;
  /** The k (default 5) nearest passages of the run's corpus, under base and tuned model. */
  query(id: string, text: string, k?: number): Promise<QueryAnswer>;
  /** The index that goes with the model, by the reference in the spec of the run, or in a spec file. Close it. */
  index(specOrId: string): Promise<VectorIndex>;
  /** The end of the log of the job that a run failed by, where there is one. */
  logTail(id: string): Promise<LogTail | undefined>;
  /** What a run's job, or its endpoint, has written, line by line. @throws AttuneError NotAvailable where there is no log */
  logs(id: string, options?: LogOptions): Promise<{ source: LogSource; lines: AsyncIterable<LogLine> }>;
  /** Writes so many of a run's written questions (default 100) into a file for a person to accept, mend or drop. */
  questions(id: string, to: string, sample?: number): Promise<QuestionSample>;
  /** What the run's data lost on the way to training, by reason, with examples. */
  setAside(id: string): Promise<SetAside[]>;
  /** Downloads the evaluation report as a page, and returns it as data too. */
  report(id: string, to?: string): Promise<DownloadedReport>;
  /** The same page, filled, without writing it anywhere. */
  reportPage(id: string): Promise<string>;
  /** A link to the evaluation report, which leads there for so long: at most, and by default, seven days. */
  share(id: string, seconds?: number): Promise<SharedReport>;
  /** The scores of a name's evaluated runs, oldest first. */
  trend(name: string, options?: TrendOptions): Promise<TrendPoint[]>;
  /** What jobs and endpoints have cost, the newest month first. */
  costByMonth(options?: CostOptions): Promise<MonthlyCost[]>;
  close(): Promise<void>;
}

export const readerOf = (aws: AwsClients, told: Told, settings: Settings): Omit<Reader, 'close'> => ({
  progress: (id) => told.progress(id),
  list: async (options) => {
    const runs = await told.list(options);
    return options?.serving ? inService(runs, aws.sageMaker()) : runs;
  },
  compare: (a, b) => compare(told, a, b, async (uri) => text(await readObject(aws.s3(), uri))),
  query: async (id, asked, k) => {
    const progress = await told.progress(id);
    const spec = (await told.spec(progress, id)) as Pick<FineTuneSpec, 'base' | 'train'>;
    return query(aws, progress, spec, asked, k);
  },
  index: async (of) => openIndex({ aws, settings }, isSpecFile(of) ? await specIn(of) : await specOf(told, of), of),
  logTail: async (id) => logTail(aws.s3, await told.progress(id)),
  logs: async (id, options = {}) => {
    const source = logSourceOf(await told.progress(id), options.stage);
    return { source, lines: linesOf(aws.logs, source, () => told.progress(id), options) };
  },
  questions: async (id, to, sample) => questionSample(aws, await told.progress(id), to, sample),
  setAside: async (id) => setAside(aws.s3, await told.progress(id)),
  report: async (id, to) => report(aws, await told.progress(id), to),
  reportPage: async (id) => reportPage(aws, await told.progress(id)),
  share: async (id, seconds) => shareReport(aws, await told.progress(id), seconds),
  trend: (name, options) => trend(told, aws, name, options),
  costByMonth: (options) => costByMonth(told, aws.sageMaker(), options),
});

/** As a run was started with it, with its defaults. */
export const specOf = async (told: Told, id: string): Promise<object> =>
  (await told.spec(await told.progress(id), id)) as object;

/** By its ending: no id of a run has one. */
export const isSpecFile = (specOrId: string): boolean => /\.(ya?ml|json)$/i.test(specOrId);

/** @throws SpecRefused */
async function specIn(path: string): Promise<object> {
  const checked = await checkSpec(path);
  if (checked.ok) return checked.spec;
  throw new SpecRefused(checked.problems);
}

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
    'a run leaves its record at its end: connect to Temporal for one that is running',
  ),
): Reader {
  const aws = awsClients(env);
  const settings = settingsFrom(env);
  const told = toldByRecords({ s3: aws.s3, settings, seen: new Map() }, silence);
  return { ...readerOf(aws, told, settings), close: () => Promise.resolve(aws.close()) };
}
