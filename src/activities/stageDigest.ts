/**
 * What a stage's job is asked for, as a digest of content rather than of names: two jobs of one digest leave the same.
 *
 * What does not count, because the result is the same without it: where files lie, names, tags, network, keys, prices,
 * budget and timings; disk, time limit, spot and the types of instances. The image, which differs between CPU and GPU, does
 * count; so does the number of training processes, which share each batch. Whatever else a spec says of a stage counts.
 * @module
 */
import { requestHash } from '../aws/hash.js';
import { lookAtObject } from '../aws/s3.js';
import { codeDigestOf } from '../run/files.js';
import type { Incumbent, Run } from '../run/run.js';
import type { StageResult } from '../run/results.js';
import { DATA_FIELDS } from '../spec/dataForms.js';
import { processesOf } from '../spec/instances.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { claimsS3, inputsToAskFor } from '../spec/sources.js';
import { computeOf, STAGES, type JobStage } from '../spec/stages.js';
import type { Task } from './alive.js';
import type { Deps } from './deps.js';
import { baseCopyOf } from './baseCopy.js';
import { digestOf, guardFilesIn } from './fingerprint.js';

export interface Asked {
  run: Run;
  stage: JobStage;
  /** What a language model has written, where it was asked. */
  written?: StageResult;
  /** What prepare has left, where it is known. */
  prepared?: StageResult;
  /** Content of the model to evaluate. */
  candidate?: string;
  /** The model in service that the candidate is compared with. */
  incumbent?: Incumbent;
}

/** Of a stage's `compute`: what is not asked for in this sense, or is told by the image or the number of processes. */
const MEANS = [
  ...['instanceType', 'volumeGb', 'maxRuntimeSeconds', 'imageUri'],
  ...['count', 'spot', 'maxWaitSeconds', 'processesPerInstance'],
];
/** What of the questions is the same however it is set; the examples count by their content. */
const ASKED_ALIKE = ['url', 'apiKey', 'parallel', 'batch', 'price', 'examples'];
/** What prepare makes of what was written. */
const TAKEN = ['roundTrip', 'headings'];
/** What the gate makes of an evaluation's numbers is worked out anew. */
const DECIDED = ['minGain', 'minQuestions', 'minGroups', 'evidence', 'guards'];

/** @returns undefined where a part of it cannot be told: nothing then equals it */
export async function stageDigest(deps: Deps, asked: Asked, task: Task): Promise<string | undefined> {
  const { run, stage } = asked;
  const { spec, code, images } = run;
  const own = await OWN[stage](deps, asked, task);
  const base = await baseOf(deps, asked, task);
  if (own === undefined || base === undefined) return undefined;
  return requestHash({
    stage,
    ...own,
    base,
    maxSeqLength: spec.train.maxSeqLength,
    compute: without(computeOf(spec, stage), MEANS),
    // The folder's name in S3 is the digest of the scripts.
    code: codeDigestOf(run) ?? code.files,
    image: images[STAGES[stage].compute],
  });
}

/** By content; a hub's model by its copy, once prepare has settled on a commit. */
async function baseOf(deps: Deps, { run, stage }: Asked, task: Task): Promise<string | undefined> {
  const { base } = run.spec;
  if (claimsS3(base)) return digestOf(deps, [{ field: 'base', source: base }], task);
  return stage === 'prepare' || stage === 'questions' ? base : ((await baseCopyOf(deps, run))?.sha256 ?? base);
}

/** What each stage goes by, beside what all of them do. */
const OWN: Record<JobStage, (deps: Deps, asked: Asked, task: Task) => Promise<object | undefined>> = {
  questions: async (deps, { run: { spec, dataHash } }, task) => {
    // A person looks at what was written, and gives test questions: nobody is asked again for that.
    const data = spec.data.test === undefined ? dataHash : await digestOf(deps, inputsToAskFor(spec), task);
    if (data === undefined) return undefined;
    return { data, questions: without(spec.data.questions!, [...ASKED_ALIKE, ...TAKEN]) };
  },
  prepare: async (deps, { run: { spec, dataHash, earlier }, written }, task) => {
    const { questions, ...settings } = without(spec.data, DATA_FIELDS) as Partial<FineTuneSpec['data']>;
    const data = dataHash === undefined || questions === undefined ? dataHash : partsOf(written, 'questions');
    const assigned = earlier && (await digestOf(deps, [{ field: 'earlier', source: earlier }], task));
    if (data === undefined || (earlier && assigned === undefined)) return undefined;
    return questions === undefined
      ? { data, settings, assigned }
      : { data, settings, documents: dataHash, questions: without(questions, ASKED_ALIKE), assigned };
  },
  train: training,
  tune: async (deps, asked) => {
    const own = await training(deps, asked);
    return own && { ...own, tune: asked.run.spec.tune };
  },
  evaluate: async (deps, { run: { spec }, prepared, candidate, incumbent }, task) => {
    const { guards, ...gate } = spec.gate;
    const data = partsOf(prepared, 'test', 'corpus', ...(guards.length > 0 ? ['train'] : []));
    const rival = incumbent && (await contentOf(deps, incumbent.modelDataUrl));
    const guarded = await digestOf(deps, guardFilesIn(spec), task);
    const unknown = [data, candidate, guarded, ...(incumbent ? [rival] : [])].includes(undefined);
    return unknown ? undefined : { data, candidate, rival, guards: guarded, gate: without(gate, DECIDED) };
  },
  // A version belongs to one run: nobody takes it over.
  index: () => Promise.resolve(undefined),
  // The output's folder says itself what is whole in it.
  embed: () => Promise.resolve(undefined),
};

async function training(deps: Deps, { run: { spec, startsFrom }, prepared }: Asked): Promise<object | undefined> {
  const data = partsOf(prepared, 'train', 'dev', 'corpus');
  const start = startsFrom && (await contentOf(deps, startsFrom.modelDataUrl));
  if (data === undefined || (startsFrom && start === undefined)) return undefined;
  const processes = [...new Set(processesOf(spec.compute.train))].sort();
  return { data, train: without(spec.train, ['startFrom']), start, processes };
}

function partsOf(prepared: StageResult | undefined, ...parts: string[]): string[] | undefined {
  const found = parts.flatMap((part) => prepared?.contents[part] ?? []);
  return found.length === parts.length ? found : undefined;
}

const without = (value: object, keys: readonly string[]): object =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

const PACKAGED = /\/package\/([0-9a-f]{16})\/model\.tar\.gz$/;

/** Of a packaged model its own digest, which its place is named by; of another what S3 says of the object. */
export async function contentOf({ s3 }: Deps, uri: string): Promise<string | undefined> {
  const found = await lookAtObject(s3, uri);
  return found && `${found.bytes} ${PACKAGED.exec(uri)?.[1] ?? found.eTag}`;
}
