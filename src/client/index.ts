/**
 * attune's TypeScript API: submit, follow, decide, compare, ask, schedule.
 * @module
 */
export { connect, type Attune } from './connect.js';
export { AttuneError, SpecRefused, type ClientErrorType } from './errors.js';
export { checkSpec, type Checked, type LocalSource } from './specFile.js';
export type { RunComparison, ComparedMetric, ComparedRun, FieldDifference } from './compare.js';
export { doctor, type Finding } from './doctor.js';
export type { Cancelled } from './decide.js';
export type { UploadProgress } from './inputs.js';
export type { ListOptions, RunSummary } from './list.js';
export type { Hit, QueryAnswer, Side } from './query.js';
export type { DownloadedReport, EvaluationReport, MovedQuestion } from './report.js';
export type { Recurrence } from './recurrence.js';
export type { AppliedSchedule, ApplyOptions, Schedules } from './schedule.js';
export type { ScheduleView, StartedRuns } from './scheduleView.js';
export type { SubmitOptions, Submitted } from './submit.js';
export type { ScratchFolder } from './scratch.js';
export type { KeptEndpoint, Leftover, Sweep, SweepOptions } from './sweep.js';
export type { WatchEvent, WatchOptions } from './watch.js';
export { parseSpec, type Parsed } from '../spec/parse.js';
export type { Problem } from '../spec/problem.js';
export type { FineTuneSpec, FineTuneSpecInput } from '../spec/schema.js';
export type * from '../workflows/messages.js';
