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
export type { EmbedOptions, EmbedRequest, StartedEmbedding } from './embedding/embed.js';
export type { LocalSource } from './inputs/specFile.js';
export type { CostOptions, EndpointMonth, MonthlyCost } from './runs/costByMonth.js';
export type { RunComparison, ComparedMetric, ComparedRun, FieldDifference } from './runs/compare.js';
export { doctor, type Finding } from './doctor.js';
export type { Cancelled, CancelOptions } from './runs/decide.js';
export type { UploadProgress } from './inputs/inputs.js';
export type { ListOptions, RunSummary } from './runs/list.js';
export type { Hit, QueryAnswer, Side } from './report/query.js';
export type { StartedBuild } from './index/build.js';
export { connectIndex, type IndexPlace, type IndexStatus, type VectorIndex } from './index/open.js';
export type { RollbackOptions as IndexRollbackOptions, RolledBack as RolledBackIndex } from './index/rollback.js';
export type { SearchAnswer, SearchOptions } from './index/search.js';
export type { SyncOptions } from './index/sync.js';
export type { SyncedIndex } from '../run/vectorIndex.js';
export type { LogLine } from './report/logStreams.js';
export type { LogOptions, LogSource } from './report/runLog.js';
export type { LogTail } from './report/logTail.js';
export type { QuestionSample } from './report/questionSample.js';
export type { DownloadedReport } from './report/report.js';
export type { SharedReport } from './report/share.js';
export type { Recurrence } from './schedules/recurrence.js';
export type { AppliedSchedule, ApplyOptions, Schedules } from './schedules/schedule.js';
export type { Scheduled, ScheduleView, StartedRuns } from './schedules/scheduleView.js';
export type { Retried, RetryOptions } from './runs/retry.js';
export type { SubmitOptions, Submitted } from './runs/submit.js';
export type { RollbackOptions } from './service/rollback.js';
export type { Undeployed } from './service/undeploy.js';
export type { ScratchFolder } from './sweep/scratch.js';
export type { Leftover } from './sweep/leftover.js';
export type { KeptEndpoint, Sweep, SweepOptions } from './sweep/sweep.js';
export type { TrendOptions, TrendPoint } from './runs/trend.js';
export type { WatchEvent, WatchOptions } from './runs/watch.js';
export type { FailureType } from '../spec/failures.js';
export { parseSpec, type Parsed } from '../spec/parse.js';
export type { Problem } from '../spec/problem.js';
export * from '../run/index.js';
