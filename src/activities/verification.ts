/**
 * "Deployed" means more than InService: the live endpoint answers, and its vectors equal the evaluated model's.
 * @module
 */
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { z } from 'zod';
import { inWords, toFailure } from '../aws/errors.js';
import { isWithoutModel, refusalOf } from '../aws/modelAnswers.js';
import { probesSchema, type Probe } from '../run/evaluation.js';
import { filesOf } from '../run/files.js';
import type { Run } from '../run/run.js';
import { readJson } from '../aws/s3.js';
import type { Engine } from '../spec/engine.js';
import { fail } from '../spec/failures.js';
import { alive } from './alive.js';
import { calling, now, patienceWith, unbrokenMs } from './call.js';
import type { Deps } from './deps.js';
import { writeRecord } from './records.js';

export interface Verification {
  passed: boolean;
  /** Worst cosine between live and evaluated vectors. */
  minCosine: number;
  /** A sentence; why not, when it did not pass. */
  verdict: string;
  uri: string;
}

/**
 * Same weights, same tokens: what is left is the order of additions on another processor, and in int8 the steps to which
 * numbers near the middle of two are rounded.
 */
const LEAST_COSINE: Record<Engine, number> = { float32: 0.9999, int8: 0.999 };
const BATCH = 16;
/** Between two requests to a model that is being loaded. */
const ASK_AGAIN_MS = 5_000;
/** One attempt's own limit and what lies between two, in waits/options.ts: more is an outage of the worker. */
const MOST_GAP_MS = 600_000;

const vectorsSchema = z.array(z.array(z.number()).min(1));

export const createVerificationActivities = (deps: Deps) => ({
  /** Writes deployment/verification.json, whatever came of it. */
  async verifyEndpoint(input: VerifyEndpoint): Promise<Verification> {
    return alive(() => verifyEndpoint(deps, input));
  },
});

async function verifyEndpoint(deps: Deps, { run, endpoint, configName }: VerifyEndpoint): Promise<Verification> {
  const { probes: probesUri, verification: uri } = filesOf(run);
  const parsed = probesSchema.safeParse(
    await calling(`reading ${probesUri}`, deps, () => readJson(deps.s3, probesUri)),
  );
  if (!parsed.success) throw fail('EvaluationUnusable', `${probesUri}: ${z.prettifyError(parsed.error).slice(0, 500)}`);
  const { probes, engine } = parsed.data;

  const startupMs = 1000 * (run.spec.deploy ? run.spec.deploy.startupTimeoutSeconds : 0);
  const asked: Asked = { deps, endpoint, startupMs };
  const smoke = await ask(asked, { inputs: probes[0]!.text, kind: probes[0]!.kind });
  const cosines = smoke.ok ? await parity(asked, probes) : { ok: false as const, why: smoke.why };
  const found = cosines.ok ? judged(cosines, engine) : { minCosine: 0, passed: false };
  const { minCosine, passed } = found;
  const worst = `worst cosine ${minCosine.toFixed(6)}`;
  const verdict = !cosines.ok
    ? cosines.why
    : passed
      ? `${probes.length} live vectors equal the evaluated model's (${worst}${wordsOn(found, engine)})`
      : `the live vectors differ from the evaluated model's: ${worst}, at least ${LEAST_COSINE[engine]} expected`;
  const record = {
    version: 1,
    endpoint,
    configName,
    checkedAt: now(),
    passed,
    minCosine,
    probes: probes.length,
    verdict,
  };
  await writeRecord(deps, run, uri, record);
  return { passed, minCosine, verdict, uri };
}

interface Judged {
  passed: boolean;
  minCosine: number;
  /** The vectors are of float32, where int8 was chosen. */
  inFloat32?: boolean;
}

/** An endpoint of int8 that cannot get its runtime serves float32, which was evaluated too and loses nothing. */
function judged({ min, float32 }: { min: number; float32: number }, engine: Engine): Judged {
  if (min < LEAST_COSINE[engine] && float32 >= LEAST_COSINE.float32) {
    return { passed: true, minCosine: float32, inFloat32: true };
  }
  return { passed: min >= LEAST_COSINE[engine], minCosine: min };
}

const wordsOn = ({ inFloat32 }: Judged, engine: Engine): string =>
  inFloat32
    ? '), in float32 and not int8: the endpoint could not install onnxruntime (its log says why; network.wheelhouse brings it'
    : engine === 'int8'
      ? ', in int8'
      : '';

export interface VerifyEndpoint {
  run: Run;
  endpoint: string;
  configName: string;
}

type Answer = { ok: true; vectors: number[][] } | { ok: false; why: string };

interface Asked {
  deps: Deps;
  endpoint: string;
  /** How long it may go on without a model that answers. */
  startupMs: number;
}

/**
 * What the model answers, a refusal included, is an answer about the model. One that does not answer may still be loading:
 * it is asked again for as long as it may start. Anything else is AWS trouble, and says nothing of the model.
 */
async function ask(
  { deps, endpoint, startupMs }: Asked,
  request: { inputs: string | string[]; kind: string },
): Promise<Answer> {
  const wanted = typeof request.inputs === 'string' ? 1 : request.inputs.length;
  const doing = `invoking endpoint ${endpoint}`;
  let text: string;
  try {
    const { Body } = await deps.runtime.send(
      new InvokeEndpointCommand({
        EndpointName: endpoint,
        ContentType: 'application/json',
        Accept: 'application/json',
        Body: JSON.stringify(request),
      }),
    );
    text = new TextDecoder().decode(Body);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== undefined) return { ok: false, why: `the model refused a request: ${refusal}` };
    if (!isWithoutModel(error)) throw toFailure(error, doing, patienceWith(error, deps));
    const { message = '' } = inWords(error, doing) ?? {};
    const waitedMs = unbrokenMs('withoutModel', MOST_GAP_MS);
    if (waitedMs >= startupMs) {
      const limit = `deploy.startupTimeoutSeconds (${startupMs / 1000} s)`;
      return { ok: false, why: `the model did not answer within ${limit}: ${message}` };
    }
    throw fail('Unavailable', `${message}; asked again, because the model may still be loading`, {
      cause: error as Error,
      retryInMs: ASK_AGAIN_MS,
    });
  }
  const parsed = vectorsSchema.safeParse(jsonOf(text));
  if (!parsed.success)
    return { ok: false, why: `the endpoint answered something else than vectors: ${text.slice(0, 200)}` };
  if (parsed.data.length !== wanted) {
    return { ok: false, why: `the endpoint gave ${parsed.data.length} vectors for ${wanted} texts` };
  }
  return { ok: true, vectors: parsed.data };
}

async function parity(
  asked: Asked,
  probes: readonly Probe[],
): Promise<{ ok: true; min: number; float32: number } | { ok: false; why: string }> {
  let [min, least] = [1, 1];
  for (const kind of ['query', 'document'] as const) {
    const ofKind = probes.filter((probe) => probe.kind === kind);
    for (let start = 0; start < ofKind.length; start += BATCH) {
      const batch = ofKind.slice(start, start + BATCH);
      const answer = await ask(asked, { inputs: batch.map(({ text }) => text), kind });
      if (!answer.ok) return answer;
      min = Math.min(min, ...batch.map(({ vector }, i) => cosine(vector, answer.vectors[i]!)));
      least = Math.min(least, ...batch.map(({ float32 = [] }, i) => cosine(float32, answer.vectors[i]!)));
    }
  }
  return { ok: true, min, float32: least };
}

/** 0 where lengths differ or a vector is zero or not finite: as unlike as can be. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return 0;
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const similarity = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  return Number.isFinite(similarity) ? similarity : 0;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
