/**
 * The metrics that a training job prints, read from its log as they come.
 * @module
 */
import {
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  type CloudWatchLogsClient,
} from '@aws-sdk/client-cloudwatch-logs';
import { isNotFound } from '../../aws/errors.js';
import { LOG_GROUP } from '../../aws/names.js';
import { readMetricLine } from '../../run/metricLine.js';
import { fromAws } from '../aws.js';

export interface MetricLine {
  /** ISO 8601: when the line was printed. */
  at: string;
  step?: number;
  epoch?: number;
  /** Training loss. */
  loss?: number;
  /** nDCG@10 on the dev questions, range [0, 1]. */
  devNdcgAt10?: number;
}

export class MetricLines {
  /** Where reading goes on, by stream. A restarted job opens further streams. */
  private readonly tokens = new Map<string, string | undefined>();

  constructor(private readonly logs: () => CloudWatchLogsClient) {}

  /**
   * Lines printed since the last call; none while the job has no log yet.
   *
   * @throws AttuneError where AWS refuses to show the log
   */
  async newOf(job: string): Promise<MetricLine[]> {
    try {
      return await this.read(job);
    } catch (error) {
      if (isNotFound(error)) return []; // a fresh account has no group yet
      throw fromAws(error, `reading the log of ${job}`);
    }
  }

  private async read(job: string): Promise<MetricLine[]> {
    const found: MetricLine[] = [];
    for (const stream of await this.streamsOf(job)) {
      for (;;) {
        const token = this.tokens.get(stream);
        const { events = [], nextForwardToken } = await this.logs().send(
          new GetLogEventsCommand({
            logGroupName: LOG_GROUP.training,
            logStreamName: stream,
            startFromHead: true,
            nextToken: token,
          }),
        );
        this.tokens.set(stream, nextForwardToken);
        found.push(...events.flatMap(({ message = '', timestamp = 0 }) => parseMetricLine(message, timestamp) ?? []));
        if (nextForwardToken === token || events.length === 0) break;
      }
    }
    return found;
  }

  private async streamsOf(job: string): Promise<string[]> {
    const { logStreams = [] } = await this.logs().send(
      new DescribeLogStreamsCommand({ logGroupName: LOG_GROUP.training, logStreamNamePrefix: `${job}/` }),
    );
    return logStreams.map(({ logStreamName }) => logStreamName!);
  }
}

export function parseMetricLine(message: string, timestampMs: number): MetricLine | undefined {
  const told = readMetricLine(message);
  if (told === undefined) return undefined;
  const { step, epoch, loss, devNdcgAt10 } = told;
  return { at: new Date(timestampMs).toISOString(), step, epoch, loss, devNdcgAt10 };
}
