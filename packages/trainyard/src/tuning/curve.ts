/**
 * The objective values that a training job has printed so far, read from its log.
 * @module
 */
import { readFileSync, statSync } from 'node:fs';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { Context } from '../context.js';
import { MetricReader } from '../jobs/metrics.js';
import type { JobRecord } from '../jobs/supervisor.js';
import { trainingLog } from '../jobs/training.js';

/** The objective values that a training job has reported so far, one an epoch. */
export type CurveOf = (record: JobRecord, metricName: string, context: Context) => number[];

/** A log that has not grown since the last look is not read again. */
export function printedCurves(): CurveOf {
  const known = new Map<string, { bytes: number; curve: number[] }>();
  return (record, metricName, context) => {
    const path = trainingLog(context, record);
    const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const last = known.get(path);
    if (last?.bytes === bytes) return last.curve;
    const curve = bytes > 0 ? curveIn(path, record, metricName) : [];
    known.set(path, { bytes, curve });
    return curve;
  };
}

function curveIn(path: string, { request }: JobRecord, metricName: string): number[] {
  const { AlgorithmSpecification } = request as CreateTrainingJobRequest;
  const reader = new MetricReader(AlgorithmSpecification?.MetricDefinitions?.filter(({ Name }) => Name === metricName));
  const curve: number[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const text = line.slice(line.indexOf('\t') + 1);
    if (reader.read(text, 0)) curve.push(reader.final[0]!.Value!);
  }
  return curve;
}
