/**
 * The metrics that a training job prints, read from its log as they come.
 * @module
 */
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { LOG_GROUP } from '../../aws/names.js';
import { readMetricLine } from '../../run/metricLine.js';
import { JobLog } from './jobLog.js';

export interface MetricLine {
  /** ISO 8601: when the line was printed. */
  at: string;
  step?: number;
  epoch?: number;
  /** Share of all steps that are done, in [0, 1]. */
  progress?: number;
  /** Training loss. */
  loss?: number;
  /** nDCG@10 on the dev questions, range [0, 1]. */
  devNdcgAt10?: number;
}

export class MetricLines {
  private readonly log: JobLog;
  /** Dev scores by job and step: at its end a job tells once more the score of the weights that it keeps. */
  private readonly scores = new Set<string>();

  constructor(logs: () => CloudWatchLogsClient) {
    this.log = new JobLog(logs, LOG_GROUP.training);
  }

  /**
   * Printed since the last call, each once.
   *
   * @throws AttuneError where AWS refuses to show the log
   */
  async newOf(job: string): Promise<MetricLine[]> {
    const found: MetricLine[] = [];
    for (const { at, text } of await this.log.newOf(job)) {
      const told = readMetricLine(text);
      if (told === undefined) continue;
      const { step, devNdcgAt10 } = told;
      const score = `${job} ${step} ${devNdcgAt10}`;
      if (devNdcgAt10 !== undefined && this.scores.has(score)) continue;
      if (devNdcgAt10 !== undefined) this.scores.add(score);
      found.push({ at, ...told });
    }
    return found;
  }
}
