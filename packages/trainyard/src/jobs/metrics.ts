/**
 * Metrics read from a job's log by the regular expressions of its MetricDefinitions. The last match is the final value.
 * @module
 */
import type { MetricDefinition } from '@aws-sdk/client-sagemaker';
import type { JobState } from './jobFolder.js';

export class MetricReader {
  private readonly definitions: { name: string; regex: RegExp }[];
  private readonly latest = new Map<string, { value: number; time: number }>();

  constructor(definitions: MetricDefinition[] = []) {
    this.definitions = definitions.map(({ Name, Regex }) => ({
      name: Name ?? '',
      regex: new RegExp(Regex ?? '', 'g'),
    }));
  }

  /** @returns whether the line held a metric */
  read(line: string, time: number): boolean {
    let found = false;
    for (const { name, regex } of this.definitions) {
      const value = Number([...line.matchAll(regex)].at(-1)?.[1] ?? Number.NaN);
      if (!Number.isFinite(value)) continue;
      this.latest.set(name, { value, time });
      found = true;
    }
    return found;
  }

  /** As FinalMetricDataList has it: times in epoch seconds. */
  get final(): JobState['metrics'] {
    return [...this.latest].map(([MetricName, { value, time }]) => ({
      MetricName,
      Value: value,
      Timestamp: Math.floor(time / 1000),
    }));
  }
}
