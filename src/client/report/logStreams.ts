/**
 * The log of a job or an endpoint in CloudWatch, read from its head and then on from where the last reading ended.
 * @module
 */
import {
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  type CloudWatchLogsClient,
} from '@aws-sdk/client-cloudwatch-logs';
import { isNotFound } from '../../aws/errors.js';
import { fromAws } from '../aws.js';

export interface LogLine {
  /** ISO 8601: when it was printed. */
  at: string;
  /** Of an instance: `<job>/algo-1-1767600000`. */
  stream: string;
  /** As it was printed: not fit for a terminal. */
  text: string;
}

export interface LogPlace {
  group: string;
  /** What its streams begin with. Absent: all of the group. */
  prefix?: string;
}

export class LogStreams {
  /** Where reading goes on, by stream. A restarted job opens further streams, an endpoint those of new instances. */
  private readonly tokens = new Map<string, string | undefined>();

  constructor(
    private readonly logs: () => CloudWatchLogsClient,
    private readonly place: LogPlace,
  ) {}

  /**
   * Lines printed since the last call, by their time; none while there is no log yet.
   *
   * @throws AttuneError where AWS refuses to show it
   */
  async newLines(): Promise<LogLine[]> {
    try {
      const found: LogLine[] = [];
      for (const stream of await this.streams()) found.push(...(await this.newOf(stream)));
      return found.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    } catch (error) {
      if (isNotFound(error)) return []; // a fresh account has no group yet
      throw fromAws(error, `reading the log of ${this.place.prefix?.replace(/[/-]$/, '') ?? this.place.group}`);
    }
  }

  private async newOf(stream: string): Promise<LogLine[]> {
    const found: LogLine[] = [];
    for (;;) {
      const token = this.tokens.get(stream);
      const { events = [], nextForwardToken } = await this.logs().send(
        new GetLogEventsCommand({
          logGroupName: this.place.group,
          logStreamName: stream,
          startFromHead: true,
          nextToken: token,
        }),
      );
      this.tokens.set(stream, nextForwardToken);
      for (const { message: text = '', timestamp = 0 } of events)
        found.push({ at: new Date(timestamp).toISOString(), stream, text });
      if (nextForwardToken === token || events.length === 0) return found;
    }
  }

  private async streams(): Promise<string[]> {
    const { group: logGroupName, prefix: logStreamNamePrefix } = this.place;
    const names: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.logs().send(
        new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix, nextToken }),
      );
      names.push(...(page.logStreams ?? []).map(({ logStreamName }) => logStreamName!));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return names;
  }
}
