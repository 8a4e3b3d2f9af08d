/**
 * What jobs of one kind print, read from their logs as it comes.
 * @module
 */
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { LOG_GROUP } from '../../aws/names.js';
import { LogStreams, type LogLine } from '../report/logStreams.js';

export class JobLog {
  /** Of each job that was asked for. */
  private readonly read = new Map<string, LogStreams>();

  constructor(
    private readonly logs: () => CloudWatchLogsClient,
    private readonly group: (typeof LOG_GROUP)[keyof typeof LOG_GROUP],
  ) {}

  /**
   * Lines printed since the last call; none while the job has no log yet.
   *
   * @throws AttuneError where AWS refuses to show the log
   */
  newOf(job: string): Promise<LogLine[]> {
    const streams = this.read.get(job) ?? new LogStreams(this.logs, { group: this.group, prefix: `${job}/` });
    this.read.set(job, streams);
    return streams.newLines();
  }
}
