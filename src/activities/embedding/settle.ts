/**
 * Everything that can be refused of a request to embed is refused here, unpaid; what passes becomes a run, and the output's folder is
 * its own.
 * @module
 */
import { requestHash } from '../../aws/hash.js';
import { firstObjects } from '../../aws/s3.js';
import { ownerMetadata } from '../../aws/tags.js';
import {
  embeddingCountsSchema,
  embeddingFilesOf,
  embeddingRequestSchema,
  type EmbeddingCounts,
} from '../../run/embedding.js';
import { filesOf, folderOfModel } from '../../run/files.js';
import type { EmbeddedBy, Run } from '../../run/run.js';
import { budgetProblems } from '../../spec/budget.js';
import type { EmbedSpec } from '../../spec/embedSettings.js';
import { INPUT_SUFFIXES, inItsWords, parseEmbedding } from '../../spec/embedding.js';
import { problem, type Problem } from '../../spec/problem.js';
import { dataInputsOf } from '../../spec/sources.js';
import type { Task } from '../alive.js';
import { calling } from '../call.js';
import { uploadCode } from '../code.js';
import type { Deps } from '../deps.js';
import { digestOf, listSource } from '../fingerprint.js';
import type { Preflight, Settled } from '../preflight.js';
import { costOf, imagesFor, missingSources, refused, refuseIfAny } from '../settling.js';
import { requireQuotas } from '../quotaLacks.js';
import { readRecord, writeRecord } from '../records.js';
import { servedEngine } from '../servedEngine.js';
import { contentOf } from '../stageDigest.js';
import { wholeShards } from '../vectorIndex/done.js';
import { servedBy, type Asked } from './endpoint.js';

export interface SettledEmbedding extends Settled {
  /** What an earlier run of the same request has left for a job to do: nothing, or all of it. */
  needsJob: boolean;
  /** Where the texts are counted already. */
  counts?: EmbeddingCounts;
}

/**
 * @throws SpecRefused (final) with every problem in message and details
 * @throws QuotaExceeded (final) when a quota is below what the job needs
 */
export async function settle(deps: Deps, { raw, ...owner }: Preflight, task: Task): Promise<SettledEmbedding> {
  const parsed = parseEmbedding(raw, { sources: 's3' });
  if (!parsed.ok) throw refused(parsed.problems);
  const { spec } = parsed;
  const { bucket, prefix, region, roleArn } = deps.settings;
  const { images, problems } = imagesFor(spec, region);
  const { estimate, prices } = costOf(deps, spec);
  const missing = await missingSources(deps, spec);
  const unread = missing.length === 0 ? await withoutTexts(deps, spec, task) : [];
  const served = spec.embed.endpoint === undefined ? undefined : await servedBy(deps, spec.embed.endpoint);
  const faults = [...problems, ...missing, ...unread, ...budgetProblems(spec, estimate)].flatMap(inItsWords);
  refuseIfAny([...faults, ...(served && 'rule' in served ? [served] : [])]);
  await requireQuotas(deps, spec);

  const folder = `s3://${bucket}/${prefix}/${spec.name}/${owner.run}/`;
  const embedding = await embeddedBy(deps, spec, served as Asked | undefined, task);
  const claimed = await claimOutput(deps, spec, embedding);
  refuseIfAny(claimed.problems);
  const code = await calling('uploading the job scripts', deps, () => uploadCode(deps, spec.encryption));
  const run: Run = { ...owner, spec, region, roleArn, folder, code, images, embedding };
  await writeRecord(deps, run, filesOf(run).spec, spec, ownerMetadata(run));
  if (!claimed.before) {
    const request = { version: 1, digest: embedding.digest, workflowId: owner.workflowId, input: inputOf(spec) };
    const by = spec.model ?? spec.embed.endpoint;
    await writeRecord(deps, run, embeddingFilesOf(spec.embed).request, { ...request, by });
  }
  return { run, estimate, prices, ...(await left(deps, spec)) };
}

export const inputOf = (spec: EmbedSpec): string =>
  dataInputsOf(spec)
    .map(({ source }) => source)
    .join(', ');

/** A folder in which no file has an ending that is read. */
async function withoutTexts(deps: Deps, spec: EmbedSpec, task: Task): Promise<Problem[]> {
  const faults: Problem[] = [];
  for (const input of dataInputsOf(spec)) {
    const objects = (await listSource(deps, input, task)) ?? [];
    if (objects.length === 0 || objects.some(({ key }) => isRead(key))) continue;
    const rule = `a file that ends in ${INPUT_SUFFIXES.join(', ')}`;
    faults.push(
      problem(input.field, input.source, rule, `rename or convert what is there, such as ${objects[0]!.key}`),
    );
  }
  return faults;
}

const isRead = (key: string): boolean => INPUT_SUFFIXES.some((suffix) => key.toLowerCase().endsWith(suffix));

/** What embeds, as an endpoint that serves the model would; and the digest of all that the vectors follow from. */
export async function embeddedBy(
  deps: Deps,
  spec: EmbedSpec,
  endpoint: Asked | undefined,
  task: Task,
): Promise<EmbeddedBy> {
  const { model, data } = spec;
  const { kind, dimensions } = spec.embed;
  const packagedIn = model && folderOfModel(model);
  const engine = model && (packagedIn ? await servedEngine(deps, { folder: packagedIn }) : 'float32');
  const content = model && (await calling(`looking at ${model}`, deps, () => contentOf(deps, model)));
  const input = (await digestOf(deps, dataInputsOf(spec), task)) ?? inputOf(spec);
  const by = model === undefined ? endpoint : { content, engine };
  return {
    digest: requestHash({ input, by, kind, dimensions, columns: data.columns }),
    engine: engine || undefined,
    endpoint,
  };
}

/** What is whole in a folder is of one request: another one's would be taken for its own. */
async function claimOutput(
  deps: Deps,
  { embed: { output } }: EmbedSpec,
  { digest }: EmbeddedBy,
): Promise<{ problems: Problem[]; before: boolean }> {
  const before = await readRecord(deps, embeddingFilesOf({ output }).request, embeddingRequestSchema);
  if (before?.digest === digest) return { problems: [], before: true };
  const [first] = await calling(`looking into ${output}`, deps, () => firstObjects(deps.s3, output, 1));
  if (first === undefined) return { problems: [], before: false };
  const what = before
    ? `it holds vectors of ${before.input} by ${before.by}, and input, model or settings are not the same now`
    : `${first} is there`;
  const rule = `an empty prefix, or one that this same request has begun to fill: ${what}`;
  return { problems: [problem('output', output, rule, 'name another prefix, or empty it')], before: false };
}

/** Whether there is something to do for a job, after what an earlier run of the same request has left. */
async function left(deps: Deps, { embed }: EmbedSpec): Promise<Pick<SettledEmbedding, 'needsJob' | 'counts'>> {
  const counts = await readRecord(deps, embeddingFilesOf(embed).counts, embeddingCountsSchema);
  if (counts === undefined) return { needsJob: true };
  // With an endpoint the job writes its counts last, when all texts are cut into shards.
  if (embed.endpoint !== undefined) return { needsJob: false, counts };
  return { needsJob: (await wholeShards(deps, embed.output)).length < counts.shards, counts };
}
