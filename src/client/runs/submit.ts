/**
 * Submitting runs: from a spec to a workflow that cannot be started twice.
 * @module
 */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { contentDigest } from '../../aws/contentDigest.js';
import { requestHash } from '../../aws/hash.js';
import { listObjects } from '../../aws/s3.js';
import { LINEAGE, type ListedLineage } from '../../run/lineage.js';
import type { Estimate } from '../../spec/cost.js';
import { parseSpec } from '../../spec/parse.js';
import type { FineTuneSpec, FineTuneSpecInput } from '../../spec/schema.js';
import { claimsS3, dataSourcesOf, guardSourcesOf, isContentAddressed } from '../../spec/sources.js';
import { TASK_QUEUE } from '../../run/ids.js';
import type { AwsClients } from '../aws.js';
import { SpecRefused } from '../../spec/attuneError.js';
import { checkFor, type CheckOptions } from '../inputs/check.js';
import type { SourceToUpload } from '../inputs/chosen.js';
import { bringToS3, type InputOptions } from '../inputs/inputs.js';
import type { Settings } from '../settings.js';
import { statusOfRun } from './list.js';
import { startOptionsOf } from './startOptions.js';
import { startRefusal } from '../temporal.js';

export interface SubmitOptions extends InputOptions, CheckOptions {
  /** Runs also where a run of the same spec and data has been decided today. Default false. */
  again?: boolean;
}

export interface Submitted {
  workflowId: string;
  runId: string;
  /** What the jobs and the endpoint are likely to cost, at the prices of AWS_REGION. */
  estimate: Estimate;
  /** What lay on this machine and is in S3 now; empty where the spec names S3 URIs only. */
  upload: SourceToUpload[];
  /** What the spec is not refused for, and should be known before anything is paid. */
  warnings: string[];
  /** The run's page in Temporal's Web UI; only its path where the UI's address is not known. */
  ui: string;
  /** Set where no run was started: this one has decided on the same spec and data. `endedAt`: ISO 8601. */
  earlier?: { status: 'done' | 'rejected'; endedAt: string };
}

export interface SubmitDeps {
  client: Client;
  aws: AwsClients;
  settings: Settings;
  page: (workflowId: string, runId: string) => string;
}

/**
 * Starts a run, or finds the one of the same spec and data that runs already, or that has been decided on the same day. Each
 * further try has an id of its own: no run takes another one's.
 *
 * @throws SpecRefused with every problem at once, before anything is uploaded
 */
export async function submit(
  { client, aws, settings, page }: SubmitDeps,
  specOrPath: string | object,
  options: SubmitOptions = {},
): Promise<Submitted> {
  const { input, spec, estimate, upload, warnings } = await readyForWorkers({ aws, settings }, specOrPath, options);
  const taskQueue = settings.taskQueue ?? TASK_QUEUE.workflows;
  const told = (workflowId: string, runId: string) => ({
    workflowId,
    runId,
    ui: page(workflowId, runId),
    estimate,
    upload,
    warnings,
  });
  const id = (await runningAlready(client, spec, taskQueue)) ?? workflowIdOf(spec, new Date(), taskQueue);
  for (;;) {
    const { last, next } = await triesOf(client, id);
    if (last?.status.name === 'RUNNING' || last?.status.name === 'PAUSED') return told(last.workflowId, last.runId);
    if (last && !options.again && (await decidesOnTheSame(aws, spec, last))) {
      const earlier = {
        status: statusOfRun(last) as 'done' | 'rejected',
        endedAt: last.closeTime?.toISOString() ?? '',
      };
      return { ...told(last.workflowId, last.runId), earlier };
    }
    try {
      const handle = await client.workflow.start('fineTune', {
        taskQueue,
        workflowId: next,
        args: [input],
        // The id is made from spec and data: a run under it does what is asked for here.
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        ...startOptionsOf(spec),
      });
      return told(next, (await handle.describe()).runId);
    } catch (error) {
      // Somebody else's has come and gone meanwhile.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw startRefusal(error, client);
    }
  }
}

/**
 * Checks a spec, brings its local files to S3, and returns it as the workflow takes it.
 *
 * @throws SpecRefused with every problem at once, before anything is uploaded
 */
export async function readyForWorkers(
  { aws, settings }: Pick<SubmitDeps, 'aws' | 'settings'>,
  specOrPath: string | object,
  options: SubmitOptions,
): Promise<{ input: FineTuneSpecInput; spec: FineTuneSpec } & Pick<Submitted, 'estimate' | 'upload' | 'warnings'>> {
  const checked = await checkFor(settings, specOrPath, options);
  if (!checked.ok) throw new SpecRefused(checked.problems);
  const input = await bringToS3(aws.s3, settings, checked, options);
  const parsed = parseSpec(input, { sources: 's3' });
  if (!parsed.ok) throw new SpecRefused(parsed.problems);
  const upload = checked.upload.map(({ told }) => told);
  return { input, spec: parsed.spec, estimate: checked.estimate, upload, warnings: checked.warnings };
}

/**
 * `finetune/<name>/<yyyymmdd>-<6 hex digits of the resolved spec>`; data lies under content-addressed keys, so it counts too.
 * The same spec on another task queue is another account's run.
 */
export const workflowIdOf = (spec: FineTuneSpec, now: Date, taskQueue: string = TASK_QUEUE.workflows): string =>
  `finetune/${spec.name}/${now.toISOString().slice(0, 10).replaceAll('-', '')}-${digestOf(spec, taskQueue)}`;

/** The same submitted on an earlier day goes on under that day's id. @returns the id of its first try */
async function runningAlready(client: Client, spec: FineTuneSpec, taskQueue: string): Promise<string | undefined> {
  const query = `WorkflowId STARTS_WITH 'finetune/${spec.name}/' AND ExecutionStatus = 'Running'`;
  const tries = new RegExp(`^(.*/\\d{8}-${digestOf(spec, taskQueue)})(-\\d+)?$`);
  for await (const { workflowId } of client.workflow.list({ query })) {
    const first = tries.exec(workflowId)?.[1];
    if (first !== undefined) return first;
  }
  return undefined;
}

/** The last try under an id, where there is one, and the id of the next: `…-7f29e1`, `…-7f29e1-2`, `…-7f29e1-3`. */
async function triesOf(client: Client, id: string): Promise<{ last?: WorkflowExecutionDescription; next: string }> {
  let last: WorkflowExecutionDescription | undefined;
  for (let count = 1; ; count += 1) {
    const next = count === 1 ? id : `${id}-${count}`;
    try {
      last = await client.workflow.getHandle(next).describe();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { last, next };
      throw error;
    }
  }
}

/** Whether a run that has ended came to a decision, on what lies in S3 now too. What cannot be told is not the same. */
async function decidesOnTheSame(
  { s3 }: AwsClients,
  spec: FineTuneSpec,
  run: WorkflowExecutionDescription,
): Promise<boolean> {
  if (run.status.name !== 'COMPLETED') return false;
  const mayChange = [...guardSourcesOf(spec).map(({ source }) => source), spec.base, spec.model ?? ''].filter(
    (source) => claimsS3(source) && !isContentAddressed(source),
  );
  if (mayChange.length > 0) return false;
  const data = dataSourcesOf(spec);
  if (data.every(({ source }) => isContentAddressed(source))) return true;
  const { dataHash } = (run.memo?.[LINEAGE] ?? {}) as ListedLineage;
  if (dataHash === undefined) return false;
  const now = await contentDigest(data, ({ source }) => listObjects(s3(), source)).catch(() => undefined);
  return now === dataHash;
}

const digestOf = (spec: FineTuneSpec, taskQueue: string): string =>
  requestHash(taskQueue === TASK_QUEUE.workflows ? spec : { spec, taskQueue }).slice(0, 6);
