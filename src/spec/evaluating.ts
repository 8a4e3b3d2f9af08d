/**
 * Where the evaluation runs, unless the spec says: on a CPU where that costs less than a GPU, by an estimate of its work.
 *
 * The work is 2 floating-point operations for each weight of the encoder's layers and each token (Kaplan et al. 2020,
 * arXiv:2001.08361, section 2.1), for base, candidate and model in service. A token is taken for four bytes of the data,
 * the usual rule for English; what a model would cut is counted, so the estimate leans towards the GPU.
 * @module
 */
import { knownBase } from './bases.js';
import type { StageEstimate } from './cost.js';
import type { FineTuneSpec } from './schema.js';

interface Machine {
  instanceType: string;
  /** Operations a second that an encoder reaches. */
  speed: number;
  /** USD an hour on demand in us-east-1, as in aws/prices.json. */
  usdPerHour: number;
}

/** Two cores with AVX-512 at 2.5 GHz: 0.32e12 at best in fp32, of which a third is assumed. Source: AWS's page of M5. */
const CPU: Machine = { instanceType: 'ml.m5.xlarge', speed: 0.1e12, usdPerHour: 0.23 };
/** An A10G: 31e12 at best in fp32, of which a third is assumed. Source: NVIDIA's data sheet of the A10. */
const GPU: Machine = { instanceType: 'ml.g5.xlarge', speed: 10e12, usdPerHour: 1.408 };

/** Billed on either: packages, data and models come in, results go out. */
const OVERHEAD_SECONDS = 300;
const SYSTEMS = 3;
const BYTES_A_TOKEN = 4;
/** Text shrinks to about a third under gzip. */
const GZIP = 3;

export interface EvaluationChoice {
  spec: FineTuneSpec;
  /** In words, where a choice was made. */
  why?: string;
}

/** @param raw  the spec as it was written: what it says of the evaluation's instances stands */
export const isToChoose = (raw: unknown, { base }: Pick<FineTuneSpec, 'base'>): boolean =>
  !saysWhere(raw) && knownBase(base) !== undefined;

/** @param files  all data and guard sets; undefined where their sizes are not known */
export function withEvaluationChosen(
  raw: unknown,
  spec: FineTuneSpec,
  files: readonly { name: string; bytes: number }[] | undefined,
): EvaluationChoice {
  const base = knownBase(spec.base);
  if (base === undefined || files === undefined || !isToChoose(raw, spec)) return { spec };
  const bytes = files.reduce((sum, file) => sum + file.bytes * (/\.gz$/i.test(file.name) ? GZIP : 1), 0);
  const weights = 12 * base.layers * base.dimensions ** 2;
  const work = (2 * weights * SYSTEMS * bytes) / BYTES_A_TOKEN;
  const [cpu, gpu] = [CPU, GPU].map((machine) => costOn(machine, work)) as [Costs, Costs];
  const { instanceType } = cpu.usd <= gpu.usd ? CPU : GPU;
  const why = `${instanceType} by estimate: about ${millions(bytes / BYTES_A_TOKEN)} million tokens take ${cpu.minutes} min and $${cpu.usd.toFixed(2)} on ${CPU.instanceType}, ${gpu.minutes} min and $${gpu.usd.toFixed(2)} on ${GPU.instanceType}`;
  const evaluate = { ...spec.compute.evaluate, instanceType };
  return { spec: { ...spec, compute: { ...spec.compute, evaluate } }, why };
}

interface Costs {
  usd: number;
  minutes: number;
}

function costOn({ speed, usdPerHour }: Machine, work: number): Costs {
  const seconds = OVERHEAD_SECONDS + work / speed;
  return { usd: (seconds / 3600) * usdPerHour, minutes: Math.ceil(seconds / 60) };
}

const millions = (tokens: number): string => (tokens / 1e6).toPrecision(2);

function saysWhere(raw: unknown): boolean {
  const { instanceType, imageUri } =
    (raw as { compute?: { evaluate?: Record<string, unknown> } } | null)?.compute?.evaluate ?? {};
  return instanceType !== undefined || imageUri !== undefined;
}

/** The estimate of the stages, with the reason for the choice beside the evaluation's. */
export const explained = (stages: readonly StageEstimate[], why: string | undefined): StageEstimate[] =>
  stages.map((one) => (one.stage === 'evaluate' && why !== undefined ? { ...one, why } : one));
