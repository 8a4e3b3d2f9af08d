/**
 * "Deployed" means more than InService: the live endpoint answers, and its vectors equal the evaluated model's.
 * @module
 */
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { z } from 'zod';
import { asAwsError, toFailure } from '../aws/errors.js';
import { probesSchema, type Probe } from '../run/evaluation.js';
import { filesOf } from '../run/files.js';
import type { Run } from '../run/run.js';
import { readJson } from '../aws/s3.js';
import { fail } from '../spec/failures.js';
import { alive } from './alive.js';
import { calling, now, patienceWith } from './call.js';
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

/** Same weights, same tokens, float32: what is left is the order of additions on another processor. */
const LEAST_COSINE = 0.9999;
const BATCH = 16;

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
  const { probes } = parsed.data;

  const smoke = await ask(deps, endpoint, { inputs: probes[0]!.text, kind: probes[0]!.kind });
  const cosines = smoke.ok ? await parity(deps, endpoint, probes) : { ok: false as const, why: smoke.why };
  const minCosine = cosines.ok ? cosines.min : 0;
  const passed = minCosine >= LEAST_COSINE;
  const verdict = !cosines.ok
    ? cosines.why
    : passed
      ? `${probes.length} live vectors equal the evaluated model's (worst cosine ${minCosine.toFixed(6)})`
      : `the live vectors differ from the evaluated model's: worst cosine ${minCosine.toFixed(6)}, at least ${LEAST_COSINE} expected`;
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

export interface VerifyEndpoint {
  run: Run;
  endpoint: string;
  configName: string;
}

type Answer = { ok: true; vectors: number[][] } | { ok: false; why: string };

/** A refusal by the model is an answer about the model; anything else is AWS trouble, and is thrown. */
async function ask(
  { runtime, ...rest }: Deps,
  endpoint: string,
  request: { inputs: string | string[]; kind: string },
): Promise<Answer> {
  const wanted = typeof request.inputs === 'string' ? 1 : request.inputs.length;
  let text: string;
  try {
    const { Body } = await runtime.send(
      new InvokeEndpointCommand({
        EndpointName: endpoint,
        ContentType: 'application/json',
        Accept: 'application/json',
        Body: JSON.stringify(request),
      }),
    );
    text = new TextDecoder().decode(Body);
  } catch (error) {
    const found = asAwsError(error);
    if (found?.name === 'ModelError')
      return { ok: false, why: `the model refused a request: ${found.message.slice(0, 500)}` };
    throw toFailure(error, `invoking endpoint ${endpoint}`, patienceWith(error, { runtime, ...rest }));
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
  deps: Deps,
  endpoint: string,
  probes: readonly Probe[],
): Promise<{ ok: true; min: number } | { ok: false; why: string }> {
  let min = 1;
  for (const kind of ['query', 'document'] as const) {
    const ofKind = probes.filter((probe) => probe.kind === kind);
    for (let start = 0; start < ofKind.length; start += BATCH) {
      const batch = ofKind.slice(start, start + BATCH);
      const answer = await ask(deps, endpoint, { inputs: batch.map(({ text }) => text), kind });
      if (!answer.ok) return answer;
      min = Math.min(min, ...batch.map(({ vector }, i) => cosine(vector, answer.vectors[i]!)));
    }
  }
  return { ok: true, min };
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
