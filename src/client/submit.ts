/**
 * Submitting runs: from a spec to a workflow that cannot be started twice.
 * @module
 */
import type { Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { userInfo } from 'node:os';
import { requestHash } from '../aws/hash.js';
import { parseSpec } from '../spec/parse.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { typesOf } from '../spec/instances.js';
import { dataSourcesOf } from '../spec/sources.js';
import { TASK_QUEUE } from '../workflows/ids.js';
import {
  attuneBaseModel,
  attuneDataset,
  attuneEndpoint,
  attuneModel,
  attuneStage,
} from '../workflows/searchAttributes.js';
import type { AwsClients } from './aws.js';
import { SpecRefused } from './errors.js';
import { bringToS3, type InputOptions } from './inputs.js';
import type { Settings } from './settings.js';
import { checkSpec } from './specFile.js';
import { startRefusal } from './temporal.js';
import { version } from './version.js';

/** Longer keywords are refused by SQL stores of search attributes. */
const KEYWORD_LENGTH = 255;

export interface SubmitOptions extends InputOptions {
  /** Where relative paths of a spec given as an object start. Default: the working folder. */
  cwd?: string;
}

export interface Submitted {
  workflowId: string;
  runId: string;
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
  const checked = await checkSpec(specOrPath, options.cwd);
  if (!checked.ok) throw new SpecRefused(checked.problems);

  const input = await bringToS3(aws.s3, settings, checked, options);
  const parsed = parseSpec(input, { sources: 's3' });
  if (!parsed.ok) throw new SpecRefused(parsed.problems);

  const { spec } = parsed;
  const workflowId = (await runningAlready(client, spec)) ?? workflowIdOf(spec, new Date());
  try {
    const handle = await client.workflow.start('fineTune', {
      taskQueue: TASK_QUEUE.workflows,
      workflowId,
      args: [input],
      // The id is made from spec and data: a run under it does what is asked for here.
      workflowIdConflictPolicy: 'USE_EXISTING',
      // Once it has ended, submitting again asks for another try.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      typedSearchAttributes: new TypedSearchAttributes([
        { key: attuneModel, value: spec.name },
        { key: attuneStage, value: 'preflight' },
        { key: attuneBaseModel, value: spec.base.slice(0, KEYWORD_LENGTH) },
        { key: attuneDataset, value: (dataSourcesOf(spec)[0]?.source ?? '').slice(0, KEYWORD_LENGTH) },
        ...(spec.deploy ? [{ key: attuneEndpoint, value: spec.deploy.endpoint ?? spec.name }] : []),
      ]),
      memo: { version: version(), submitter: userInfo().username },
      staticSummary: summaryOf(spec),
      staticDetails: detailsOf(spec),
    });
    const { runId } = await handle.describe();
    return { workflowId, runId, ui: page(workflowId, runId) };
  } catch (error) {
    throw startRefusal(error);
  }
}

/** `finetune/<name>/<yyyymmdd>-<6 hex digits of the resolved spec>`; data lies under content-addressed keys, so it counts too. */
export const workflowIdOf = (spec: FineTuneSpec, now: Date): string =>
  `finetune/${spec.name}/${now.toISOString().slice(0, 10).replaceAll('-', '')}-${digestOf(spec)}`;

/** The same submitted on an earlier day goes on under that day's id. */
async function runningAlready(client: Client, spec: FineTuneSpec): Promise<string | undefined> {
  const query = `WorkflowId STARTS_WITH 'finetune/${spec.name}/' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) {
    if (workflowId.endsWith(`-${digestOf(spec)}`)) return workflowId;
  }
  return undefined;
}

const digestOf = (spec: FineTuneSpec): string => requestHash(spec).slice(0, 6);

/** The UI shows 200 bytes. */
const summaryOf = ({ base, name, compute, train }: FineTuneSpec): string =>
  `${base.replace(/\/+$/, '').split('/').at(-1)} → ${name} · ${train.epochs} epoch${train.epochs === 1 ? '' : 's'} · ${typesOf(compute.train.instanceType)[0]}`.slice(
    0,
    180,
  );

/** Bullets rather than a table: the UI draws tables without cell borders. */
const detailsOf = (spec: FineTuneSpec): string =>
  [
    `- **base**: ${spec.base}`,
    ...dataSourcesOf(spec).map(({ field, source }) => `- **${field}**: ${source}`),
    `- **train**: ${spec.train.epochs} epochs, batch ${spec.train.batchSize}, ${spec.train.maxSeqLength} tokens, on ${typesOf(spec.compute.train.instanceType).join(' or ')}`,
    `- **gate**: ${spec.gate.metric}, ${spec.gate.confidence * 100} % interval above ${spec.gate.minGain}`,
    `- **deploy**: ${spec.deploy ? `${spec.deploy.endpoint ?? spec.name} on ${spec.deploy.instanceType}, approval ${spec.deploy.approval}` : 'no'}`,
  ].join('\n');
