/**
 * attune's TypeScript API: submit, follow, decide, compare, ask, schedule.
 * @module
 */
export { connect, type Attune, type ConnectOptions } from './connect.js';
export { readRecords, type Reader } from './reader.js';
export { AttuneError, SpecRefused } from '../spec/attuneError.js';
export {
  checkData,
  type DataCheck,
  type DataCheckOptions,
  type DataReport,
  type GateOutlook,
} from './inputs/dataCheck.js';
export { check, type CheckOptions, type SpecCheck } from './inputs/check.js';
export type { ChosenFile, ChosenSource, LeftOut, SourceToUpload } from './inputs/chosen.js';
export { updatePrices, type PriceUpdateOptions, type UpdatedPrices } from './inputs/priceUpdate.js';
export type { LocalSource } from './inputs/specFile.js';
export type { RunComparison, ComparedMetric, ComparedRun, FieldDifference } from './runs/compare.js';
export { doctor, type Finding } from './doctor.js';
export type { Cancelled, CancelOptions } from './runs/decide.js';
export type { UploadProgress } from './inputs/inputs.js';
export type { ListOptions, RunSummary } from './runs/list.js';
export type { Hit, QueryAnswer, Side } from './report/query.js';
export type { LogTail } from './report/logTail.js';
export type { DownloadedReport } from './report/report.js';
export type { Recurrence } from './schedules/recurrence.js';
export type { AppliedSchedule, ApplyOptions, Schedules } from './schedules/schedule.js';
export type { ScheduleView, StartedRuns } from './schedules/scheduleView.js';
export type { Retried, RetryOptions } from './runs/retry.js';
export type { SubmitOptions, Submitted } from './runs/submit.js';
export type { ScratchFolder } from './sweep/scratch.js';
export type { Leftover } from './sweep/leftover.js';
export type { KeptEndpoint, Sweep, SweepOptions } from './sweep/sweep.js';
export type { WatchEvent, WatchOptions } from './runs/watch.js';
export type { FailureType } from '../spec/failures.js';
export { parseSpec, type Parsed } from '../spec/parse.js';
export type { Problem } from '../spec/problem.js';
export * from '../run/index.js';
