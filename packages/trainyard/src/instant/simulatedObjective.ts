/**
 * The objective of a tuning job's training jobs where nothing is trained: a smooth function of the tuned hyperparameters, so
 * that a search finds better ones, and a curve that rises to it over the job's time, so that early stopping has its say.
 * @module
 */
import { createHash } from 'node:crypto';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { Context } from '../context.js';
import type { JobState } from '../jobs/jobFolder.js';
import type { JobRecord } from '../jobs/supervisor.js';
import { durationMs } from './duration.js';

/** Values in a whole curve. */
const EPOCHS = 4;

/** Between 0 and 1: each hyperparameter has a best magnitude, or a best category, of its own. */
export function simulatedObjective(parameters: Record<string, string>): number {
  const scores = Object.entries(parameters).map(([name, text]) => {
    const value = Number(text);
    if (!Number.isFinite(value)) return share(`${name}=${text}`);
    return (1 + Math.cos(Math.log10(Math.abs(value) + 1e-9) - 2 * Math.PI * share(name))) / 2;
  });
  return scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length);
}

/** The objective as a training job that a tuning job launched reports it; of another one, none. */
export function simulatedMetric({ trial, request }: JobRecord, now: number): JobState['metrics'][number] | undefined {
  const MetricName = (request as CreateTrainingJobRequest).HyperParameters?._tuning_objective_metric;
  if (!trial || MetricName === undefined) return undefined;
  return { MetricName, Value: simulatedObjective(trial.parameters), Timestamp: Math.floor(now / 1000) };
}

export function simulatedCurve(
  { name, trial, createdAt, state }: JobRecord,
  _metric: string,
  context: Context,
): number[] {
  const { instant } = context.settings;
  if (!trial || !instant) return [];
  const passed = (state.endedAt ?? context.now()) - createdAt;
  const epochs = Math.min(EPOCHS, Math.floor((passed / durationMs(name, instant)) * EPOCHS));
  const final = simulatedObjective(trial.parameters);
  return Array.from({ length: epochs }, (_, epoch) => final * (0.5 + (0.5 * (epoch + 1)) / EPOCHS));
}

const share = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
