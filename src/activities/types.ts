/**
 * The types that workflows and activities share, without the code behind them.
 * @module
 */
export type { DeploymentPlan, EndpointSnapshot } from './endpoint.js';
export type { EndpointState } from './incumbent.js';
export type { AwaitJob, JobPlan, PlanJob, StartedJob, Untuned } from './jobs.js';
export type { JobSnapshot } from './jobSnapshot.js';
export type { SettledEmbedding } from './embedding/settle.js';
export type { RecordDecision } from './lastDecided.js';
export type { Packaged, ServedModel } from './packaging.js';
export type { Rival } from './ownModel.js';
export type { Settled } from './preflight.js';
export type { AskedQuestions } from './languageModel/index.js';
export type { Found } from './results.js';
export type { BegunVersion } from './vectorIndex/index.js';
export type { PlannedBuild } from './vectorIndex/building.js';
export type { SyncPlan } from './vectorIndex/syncing.js';
export type { Verification } from './verification.js';
export type { QuotaRefusal } from '../aws/errors.js';
export type { Incumbent, Run } from '../run/run.js';
