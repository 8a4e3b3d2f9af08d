/**
 * Where the evaluation runs, unless the spec says: on a CPU where that costs less than a GPU, by an estimate of its work for base,
 * candidate and model in service.
 * @module
 */
import { knownBase } from './bases.js';
import type { StageEstimate } from './cost.js';
import { CPU, GPU, millions, operationsOf, OVERHEAD_SECONDS, tokensIn, type SizedFile } from './encoderWork.js';
import type { FineTuneSpec } from './schema.js';

const SYSTEMS = 3;

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
  files: readonly SizedFile[] | undefined,
): EvaluationChoice {
  const operations = operationsOf(spec.base);
  if (operations === undefined || files === undefined || !isToChoose(raw, spec)) return { spec };
  const tokens = tokensIn(files);
  const work = operations * SYSTEMS * tokens;
  const [cpu, gpu] = [CPU, GPU].map((machine) => costOn(machine, work)) as [Costs, Costs];
  const { instanceType } = cpu.usd <= gpu.usd ? CPU : GPU;
  const why = `${instanceType} by estimate: about ${millions(tokens)} million tokens take ${cpu.minutes} min and $${cpu.usd.toFixed(2)} on ${CPU.instanceType}, ${gpu.minutes} min and $${gpu.usd.toFixed(2)} on ${GPU.instanceType}`;
  const evaluate = { ...spec.compute.evaluate, instanceType };
  return { spec: { ...spec, compute: { ...spec.compute, evaluate } }, why };
}

interface Costs {
  usd: number;
  minutes: number;
}

function costOn({ speed, usdPerHour }: typeof CPU, work: number): Costs {
  const seconds = OVERHEAD_SECONDS + work / speed;
  return { usd: (seconds / 3600) * usdPerHour, minutes: Math.ceil(seconds / 60) };
}

function saysWhere(raw: unknown): boolean {
  const { instanceType, imageUri } =
    (raw as { compute?: { evaluate?: Record<string, unknown> } } | null)?.compute?.evaluate ?? {};
  return instanceType !== undefined || imageUri !== undefined;
}

/** The estimate of the stages, with the reason for the choice beside the evaluation's. */
export const explained = (stages: readonly StageEstimate[], why: string | undefined): StageEstimate[] =>
  stages.map((one) => (one.stage === 'evaluate' && why !== undefined ? { ...one, why } : one));
