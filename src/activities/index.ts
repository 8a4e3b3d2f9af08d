/**
 * All activities of a worker, over the clients that it is given.
 *
 * Rules of this folder:
 * - one object in, one plain JSON object out, references and small numbers only, below 64 KB
 * - a call ends with the attempt that makes it (`interruptible`): what hangs keeps no slot
 * - whatever AWS says leaves through `toFailure`; nothing is kept between calls
 * - what preflight has let begin waits for credentials: without them nothing can be paid for, finished or undone
 * @module
 */
import { createApprovalActivities } from './approval.js';
import { createAutoscalingActivities } from './autoscaling.js';
import { createClaimActivities } from './claim.js';
import { createCountingActivities } from './counting.js';
import type { Deps } from './deps.js';
import { createEmbeddingActivities } from './embedding/index.js';
import { createEndpointActivities } from './endpoint.js';
import { createEvaluationActivities } from './evaluation.js';
import { interruptible } from './interruptible.js';
import { createJobActivities } from './jobs.js';
import { createLastDecidedActivities } from './lastDecided.js';
import { createNotifyActivities } from './notify/index.js';
import { createPackagingActivities } from './packaging.js';
import { createPreflightActivities } from './preflight.js';
import { createQuestionActivities } from './languageModel/index.js';
import { createRegistryActivities } from './registry.js';
import { createReportPageActivities } from './reportPage.js';
import { createResultActivities } from './results.js';
import { createRollbackActivities } from './rollback.js';
import { createRunRecordActivities } from './runRecord.js';
import { createTidyingActivities } from './tidying.js';
import { createTuningActivities } from './tuning.js';
import { createVectorIndexActivities } from './vectorIndex/index.js';
import { createBuildActivities } from './vectorIndex/building.js';
import { createSyncActivities } from './vectorIndex/syncing.js';
import { createVerificationActivities } from './verification.js';

/** Short control-plane calls; the queue's rate protects the account's. */
export const createAwsActivities = (given: Deps) => {
  const deps = { ...interruptible(given), awaitsCredentials: true };
  return {
    ...createJobActivities(deps),
    ...createEndpointActivities(deps),
    ...createAutoscalingActivities(deps),
    ...createClaimActivities(deps),
    ...createRegistryActivities(deps),
  };
};

/** What moves bytes or waits for a model: low concurrency. */
export const createIoActivities = (given: Deps) => {
  const unpaid = interruptible(given);
  const deps = { ...unpaid, awaitsCredentials: true };
  return {
    ...createPreflightActivities(unpaid),
    ...createEmbeddingActivities({ unpaid, deps }),
    ...createQuestionActivities(deps),
    ...createTuningActivities(deps),
    ...createEvaluationActivities(deps),
    ...createPackagingActivities(deps),
    ...createApprovalActivities(deps),
    ...createReportPageActivities(deps),
    ...createVerificationActivities(deps),
    ...createVectorIndexActivities(deps),
    ...createSyncActivities(deps),
    ...createBuildActivities(deps),
    ...createLastDecidedActivities(deps),
    ...createRunRecordActivities(deps),
    ...createResultActivities(deps),
    ...createCountingActivities(deps),
    ...createTidyingActivities(deps),
    ...createNotifyActivities(unpaid),
    ...createRollbackActivities(deps),
  };
};

export type AwsActivities = ReturnType<typeof createAwsActivities>;
export type IoActivities = ReturnType<typeof createIoActivities>;
export type { Deps } from './deps.js';
