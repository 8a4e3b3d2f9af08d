/**
 * The types that workflows and activities share, without the code behind them.
 * @module
 */
export type { DeploymentPlan, EndpointSnapshot } from './endpoint.js';
export type { EndpointState } from './incumbent.js';
export type { AwaitJob, JobPlan, PlanJob, StartedJob } from './jobs.js';
export type { JobSnapshot } from './jobSnapshot.js';
export type { RecordDecision } from './lastDecided.js';
export type { Packaged } from './packaging.js';
export type { Rival } from './ownModel.js';
export type { Settled } from './preflight.js';
export type { Found } from './results.js';
export type { Verification } from './verification.js';
export type { QuotaRefusal } from '../aws/errors.js';
export type { Incumbent, Run } from '../run/run.js';
