/**
 * Batch embedding: from a request to a workflow that fills a folder with vectors, once.
 * @module
 */
import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { requestHash, sha256 } from '../../aws/hash.js';
import { pricesIn } from '../../aws/prices.js';
import { embedWorkflowId, TASK_QUEUE } from '../../run/ids.js';
import { AttuneError, SpecRefused } from '../../spec/attuneError.js';
import { budgetProblems } from '../../spec/budget.js';
import { estimateOf, type Estimate } from '../../spec/cost.js';
import { parseEmbedding, type EmbeddingInput } from '../../spec/embedding.js';
import type { EmbedSpec } from '../../spec/embedSettings.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import { claimsS3, folderOf } from '../../spec/sources.js';
import { choose, type ChosenSource, type SourceToUpload } from '../inputs/chosen.js';
import { bringToS3, type InputOptions } from '../inputs/inputs.js';
import { previewOf } from '../inputs/preview/preview.js';
import { lookAt, pathOf } from '../inputs/specFile.js';
import type { SubmitDeps } from '../runs/submit.js';
import type { Told } from '../runs/told.js';
import { startRefusal } from '../temporal.js';
import { version } from '../version.js';

/** What to embed, by whom, and where the vectors go. */
export interface EmbedRequest {
  /** S3 URI of a file or a folder, or a local one, which is uploaded. */
  input: string;
  /** S3 prefix. */
  output: string;
  /** The endpoint that embeds; or the model. */
  endpoint?: string;
  /** S3 URI of a model.tar.gz, or a run that has packaged one: a job then runs in the run's network, under its keys. */
  model?: string;
  kind?: EmbeddingInput['kind'];
  dimensions?: number;
  instances?: number;
  instanceType?: string;
  maxUsd?: number;
}

export interface EmbedOptions extends InputOptions {
  /** Where relative paths start. Default: the working folder. */
  cwd?: string;
  /** Called with what it is likely to cost, before anything is paid. */
  onEstimate?: (estimate: Estimate) => void;
}

export interface StartedEmbedding {
  workflowId: string;
  runId: string;
  ui: string;
  estimate: Estimate;
  /** What lay on this machine and is in S3 now. */
  upload: SourceToUpload[];
}

export interface EmbedDeps extends SubmitDeps {
  told: Pick<Told, 'progress' | 'spec'>;
}

/**
 * Starts it, or joins the one that fills the same folder by the same request.
 *
 * @throws SpecRefused with every problem at once, before anything is uploaded
 * @throws AttuneError InvalidRequest where another request fills that folder now
 */
export async function embed(
  deps: EmbedDeps,
  request: EmbedRequest,
  options: EmbedOptions = {},
): Promise<StartedEmbedding> {
  const { aws, settings } = deps;
  const asked = await inputFrom(deps, request);
  const { spec, upload } = await checked(asked, options.cwd ?? process.cwd());
  const estimate = estimateOf(spec, pricesIn(settings.region ?? '', spec.prices));
  const overspent = settings.region ? budgetProblems(spec, estimate) : [];
  if (overspent.length > 0) throw new SpecRefused(overspent);
  options.onEstimate?.(estimate);
  const input = await bringToS3(aws.s3, settings, { input: asked, spec, upload }, options);
  return { ...(await started(deps, input)), estimate, upload: upload.map(({ told }) => told) };
}

/** The request as the workflow takes it, but for local files. */
async function inputFrom(
  { told }: Pick<EmbedDeps, 'told'>,
  { input, output, endpoint, model, kind, dimensions, instances, instanceType, maxUsd }: EmbedRequest,
): Promise<EmbeddingInput> {
  const ofRun = model === undefined || claimsS3(model) ? undefined : await packagedBy(told, model);
  return definedIn({
    apiVersion: 'attune/v1' as const,
    name: nameOf(output),
    input,
    output,
    endpoint,
    kind,
    dimensions,
    instances,
    budget: maxUsd === undefined ? undefined : { maxUsd },
    model,
    ...ofRun,
    ...(ofRun || instanceType !== undefined
      ? { compute: definedIn({ ...ofRun?.compute, instanceType: instanceType ?? ofRun?.compute?.instanceType }) }
      : {}),
  });
}

/** The last part of the folder, as a name may be: "s3://bucket/out/March 2026/" → "embed-march-2026". */
const nameOf = (output: string): string =>
  `embed-${folderOf(output).split('/').at(-2)!}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');

/** Of a run: its package, and what its spec says of the account. */
async function packagedBy(told: EmbedDeps['told'], run: string): Promise<Partial<EmbeddingInput>> {
  const progress = await told.progress(run);
  const { package: model } = progress.artifacts;
  if (model === undefined) {
    throw new AttuneError(
      'NotAvailable',
      `${progress.workflowId} has packaged no model`,
      'name another run, or a model.tar.gz in S3',
    );
  }
  const { network, encryption, tags, timings, prices, compute } = (await told.spec(progress, run)) as FineTuneSpec;
  return {
    model,
    network,
    encryption,
    tags,
    timings,
    prices: typeof prices === 'object' ? prices : undefined,
    compute: compute.evaluate,
  };
}

/** @throws SpecRefused with every problem of the request and of its local files */
async function checked(asked: EmbeddingInput, cwd: string): Promise<{ spec: EmbedSpec; upload: ChosenSource[] }> {
  const parsed = parseEmbedding(asked);
  if (!parsed.ok) throw new SpecRefused(parsed.problems);
  const { spec } = parsed;
  if (claimsS3(asked.input)) return { spec, upload: [] };
  const local = await lookAt({ field: 'input', name: 'corpus', written: asked.input, path: pathOf(asked.input, cwd) });
  if ('rule' in local) throw new SpecRefused([local]);
  const { path, folder } = local;
  const source = { field: 'input', kind: 'corpus' as const, path, folder };
  const { problems } = await previewOf([source], { columns: spec.data.columns, byId: true, elsewhere: new Set() });
  if (problems.length > 0) throw new SpecRefused(problems);
  const chosen = await choose(local);
  if ('rule' in chosen) throw new SpecRefused([chosen]);
  return { spec, upload: [chosen] };
}

const REQUEST = 'attuneEmbedding';

/** One at a time fills a folder: of the same request it is joined, another one is refused. */
async function started(
  { client, settings, page }: Pick<EmbedDeps, 'client' | 'settings' | 'page'>,
  input: EmbeddingInput,
): Promise<Pick<StartedEmbedding, 'workflowId' | 'runId' | 'ui'>> {
  const workflowId = embedWorkflowId(input.name, sha256(folderOf(input.output)));
  const digest = requestHash(input);
  try {
    const { firstExecutionRunId: runId } = await client.workflow.start('embedTexts', {
      taskQueue: settings.taskQueue ?? TASK_QUEUE.workflows,
      workflowId,
      args: [input],
      memo: { version: version(), [REQUEST]: digest },
      staticSummary: `${input.input} → ${input.output}`.slice(0, 180),
    });
    return { workflowId, runId, ui: page(workflowId, runId) };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw startRefusal(error, client);
    return joined(client, workflowId, digest, page);
  }
}

async function joined(
  client: Client,
  workflowId: string,
  digest: string,
  page: SubmitDeps['page'],
): Promise<Pick<StartedEmbedding, 'workflowId' | 'runId' | 'ui'>> {
  const { runId, memo } = await client.workflow.getHandle(workflowId).describe();
  if (memo?.[REQUEST] === digest) return { workflowId, runId, ui: page(workflowId, runId) };
  const what = `${workflowId} fills that folder now, by another request`;
  throw new AttuneError('InvalidRequest', what, `wait for it (attune watch ${workflowId}), or name another output`);
}

const definedIn = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
