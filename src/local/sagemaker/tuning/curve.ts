/**
 * The objective values that a training job has printed so far, read from its log.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { Context } from '../context.js';
import { MetricReader } from '../jobs/metrics.js';
import type { JobRecord } from '../jobs/supervisor.js';
import { trainingLog } from '../jobs/training.js';

export function printedCurve(record: JobRecord, metricName: string, context: Context): number[] {
  const path = trainingLog(context, record);
  if (!existsSync(path)) return [];
  const { AlgorithmSpecification } = record.request as CreateTrainingJobRequest;
  const reader = new MetricReader(AlgorithmSpecification?.MetricDefinitions?.filter(({ Name }) => Name === metricName));
  const curve: number[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const text = line.slice(line.indexOf('\t') + 1);
    if (reader.read(text, 0)) curve.push(reader.final[0]!.Value!);
  }
  return curve;
}
