/**
 * Submitting runs: from a spec to a workflow that cannot be started twice.
 * @module
 */
import type { Client } from '@temporalio/client';
import { requestHash } from '../../aws/hash.js';
import type { Estimate } from '../../spec/cost.js';
import { parseSpec } from '../../spec/parse.js';
import type { FineTuneSpec, FineTuneSpecInput } from '../../spec/schema.js';
import { TASK_QUEUE } from '../../run/ids.js';
import type { AwsClients } from '../aws.js';
import { SpecRefused } from '../../spec/attuneError.js';
import { checkFor, type CheckOptions } from '../inputs/check.js';
import type { SourceToUpload } from '../inputs/chosen.js';
import { bringToS3, type InputOptions } from '../inputs/inputs.js';
import type { Settings } from '../settings.js';
import { startOptionsOf } from './startOptions.js';
import { startRefusal } from '../temporal.js';

export interface SubmitOptions extends InputOptions, CheckOptions {}

export interface Submitted {
  workflowId: string;
  runId: string;
  /** What the jobs and the endpoint are likely to cost, at the prices of AWS_REGION. */
  estimate: Estimate;
  /** What lay on this machine and is in S3 now; empty where the spec names S3 URIs only. */
  upload: SourceToUpload[];
  /** The run's page in Temporal's Web UI; only its path where the UI's address is not known. */
  ui: string;
}

export interface SubmitDeps {
  client: Client;
  aws: AwsClients;
  settings: Settings;
  page: (workflowId: string, runId: string) => string;
}

/**
 * Starts a run, or finds the one that runs already from the same spec and data.
 *
 * @throws SpecRefused with every problem at once, before anything is uploaded
 */
export async function submit(
  { client, aws, settings, page }: SubmitDeps,
  specOrPath: string | object,
  options: SubmitOptions = {},
): Promise<Submitted> {
  const { input, spec, estimate, upload } = await readyForWorkers({ aws, settings }, specOrPath, options);
  const taskQueue = settings.taskQueue ?? TASK_QUEUE.workflows;
  const workflowId = (await runningAlready(client, spec, taskQueue)) ?? workflowIdOf(spec, new Date(), taskQueue);
  try {
    const handle = await client.workflow.start('fineTune', {
      taskQueue,
      workflowId,
      args: [input],
      // The id is made from spec and data: a run under it does what is asked for here.
      workflowIdConflictPolicy: 'USE_EXISTING',
      // Once it has ended, submitting again asks for another try.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      ...startOptionsOf(spec),
    });
    const { runId } = await handle.describe();
    return { workflowId, runId, ui: page(workflowId, runId), estimate, upload };
  } catch (error) {
    throw startRefusal(error, client);
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
): Promise<{ input: FineTuneSpecInput; spec: FineTuneSpec; estimate: Estimate; upload: SourceToUpload[] }> {
  const checked = await checkFor(settings, specOrPath, options);
  if (!checked.ok) throw new SpecRefused(checked.problems);
  const input = await bringToS3(aws.s3, settings, checked, options);
  const parsed = parseSpec(input, { sources: 's3' });
  if (!parsed.ok) throw new SpecRefused(parsed.problems);
  const upload = checked.upload.map(({ told }) => told);
  return { input, spec: parsed.spec, estimate: checked.estimate, upload };
}

/**
 * `finetune/<name>/<yyyymmdd>-<6 hex digits of the resolved spec>`; data lies under content-addressed keys, so it counts too.
 * The same spec on another task queue is another account's run.
 */
export const workflowIdOf = (spec: FineTuneSpec, now: Date, taskQueue: string = TASK_QUEUE.workflows): string =>
  `finetune/${spec.name}/${now.toISOString().slice(0, 10).replaceAll('-', '')}-${digestOf(spec, taskQueue)}`;

/** The same submitted on an earlier day goes on under that day's id. */
async function runningAlready(client: Client, spec: FineTuneSpec, taskQueue: string): Promise<string | undefined> {
  const query = `WorkflowId STARTS_WITH 'finetune/${spec.name}/' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) {
    if (workflowId.endsWith(`-${digestOf(spec, taskQueue)}`)) return workflowId;
  }
  return undefined;
}

const digestOf = (spec: FineTuneSpec, taskQueue: string): string =>
  requestHash(taskQueue === TASK_QUEUE.workflows ? spec : { spec, taskQueue }).slice(0, 6);
