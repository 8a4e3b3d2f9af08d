/**
 * CloudWatch Logs, as far as reading a job's or an endpoint's log needs it.
 * @module
 */
import { readFileSync } from 'node:fs';
import type { Context, Operations } from './context.js';
import { AwsError } from './errors.js';
import { listGroups, listStreams, type LogStreamFile } from './logFiles.js';

/** CloudWatch's limits on one page. */
const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_048_576;
const MOST_STREAMS = 50;

interface LogEvent {
  timestamp: number;
  message: string;
  ingestionTime: number;
}

export const logOperations: Operations = {
  DescribeLogGroups({ logGroupNamePrefix = '', limit = MOST_STREAMS, nextToken }: DescribeLogGroupsInput, context) {
    const names = listGroups(context.settings.stateDir).filter((name) => name.startsWith(logGroupNamePrefix));
    const { page, next } = pageByOffset(names, limit, nextToken);
    const logGroups = page.map((logGroupName) => ({ logGroupName, arn: `${groupArn(context, logGroupName)}:*` }));
    return { logGroups, nextToken: next };
  },

  DescribeLogStreams(input: DescribeLogStreamsInput, context) {
    const group = groupOf(input);
    if (input.logStreamNamePrefix !== undefined && input.orderBy === 'LastEventTime') {
      throw badParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
    }
    const direction = input.descending ? -1 : 1;
    const streams = streamsOf(context, group, input.logStreamNamePrefix)
      .map((stream) => ({ stream, events: input.orderBy === 'LastEventTime' ? stream.modifiedAt : stream.name }))
      .sort((a, b) => direction * (a.events < b.events ? -1 : a.events > b.events ? 1 : 0))
      .map(({ stream }) => stream);
    const { page, next } = pageByOffset(streams, input.limit ?? MOST_STREAMS, input.nextToken);
    return { logStreams: page.map((stream) => described(context, group, stream)), nextToken: next };
  },

  GetLogEvents(input: GetLogEventsInput, context) {
    const stream = streamsOf(context, groupOf(input)).find(({ name }) => name === input.logStreamName);
    if (!stream) throw notFound('The specified log stream does not exist.');
    const events = eventsOf(stream);
    const limit = input.limit ?? MOST_EVENTS;
    const isWanted = between(input.startTime, input.endTime);

    const { direction, at } = input.nextToken ? parsedToken(input.nextToken) : startOf(input, events.length);
    const [from, to] =
      direction === 'f' ? forwards(events, at, limit, isWanted) : backwards(events, at, limit, isWanted);
    return {
      events: events.slice(from, to).filter(isWanted),
      nextForwardToken: token('f', to),
      nextBackwardToken: token('b', from),
    };
  },

  FilterLogEvents(input: FilterLogEventsInput, context) {
    const isWanted = between(input.startTime, input.endTime);
    const holdsTerms = termFilter(input.filterPattern ?? '');
    const events = streamsOf(context, groupOf(input), input.logStreamNamePrefix)
      .filter(({ name }) => !input.logStreamNames || input.logStreamNames.includes(name))
      .flatMap((stream) => eventsOf(stream).map((event, index) => ({ stream: stream.name, event, index })))
      .filter(({ event }) => isWanted(event) && holdsTerms(event.message))
      .sort((a, b) => a.event.timestamp - b.event.timestamp);
    const { page, next } = pageByOffset(events, input.limit ?? MOST_EVENTS, input.nextToken);
    return {
      events: page.map(({ stream, event, index }) => ({
        logStreamName: stream,
        eventId: `${stream}#${index}`,
        ...event,
      })),
      searchedLogStreams: [],
      nextToken: next,
    };
  },
};

interface GroupInput {
  logGroupName?: string;
  logGroupIdentifier?: string;
}
interface PageInput {
  limit?: number;
  nextToken?: string;
}
interface TimeInput {
  /** Milliseconds since the epoch: from startTime on, before endTime. */
  startTime?: number;
  endTime?: number;
}
interface DescribeLogGroupsInput extends PageInput {
  logGroupNamePrefix?: string;
}
interface DescribeLogStreamsInput extends GroupInput, PageInput {
  logStreamNamePrefix?: string;
  orderBy?: 'LogStreamName' | 'LastEventTime';
  descending?: boolean;
}
interface GetLogEventsInput extends GroupInput, PageInput, TimeInput {
  logStreamName: string;
  startFromHead?: boolean;
}
interface FilterLogEventsInput extends GroupInput, PageInput, TimeInput {
  logStreamNames?: string[];
  logStreamNamePrefix?: string;
  filterPattern?: string;
}

function groupOf({ logGroupName, logGroupIdentifier }: GroupInput): string {
  const named = logGroupName ?? /(?:^|:log-group:)([^:]+)(?::\*)?$/.exec(logGroupIdentifier ?? '')?.[1];
  if (named === undefined) throw badParameter('Specify exactly one of logGroupName and logGroupIdentifier.');
  return named;
}

function streamsOf(context: Context, group: string, prefix?: string): LogStreamFile[] {
  const streams = listStreams(context.settings.stateDir, group, prefix);
  if (!streams) throw notFound('The specified log group does not exist.');
  return streams;
}

/** Whole lines only: the last one may still be being written. */
function eventsOf(stream: LogStreamFile): LogEvent[] {
  const lines = readFileSync(stream.path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const tab = line.indexOf('\t');
    const timestamp = Number(line.slice(0, tab));
    return { timestamp, message: line.slice(tab + 1), ingestionTime: timestamp };
  });
}

function described(context: Context, group: string, stream: LogStreamFile): object {
  const events = eventsOf(stream);
  return {
    logStreamName: stream.name,
    creationTime: stream.createdAt,
    firstEventTimestamp: events[0]?.timestamp,
    lastEventTimestamp: events.at(-1)?.timestamp,
    lastIngestionTime: events.at(-1)?.timestamp,
    arn: `${groupArn(context, group)}:log-stream:${stream.name}`,
    storedBytes: 0,
  };
}

const groupArn = ({ settings }: Context, group: string): string =>
  `arn:aws:logs:${settings.region}:${settings.accountId}:log-group:${group}`;

type Wanted = (event: LogEvent) => boolean;

const between =
  (start = -Infinity, end = Infinity): Wanted =>
  ({ timestamp }) =>
    timestamp >= start && timestamp < end;

/** Terms and "quoted phrases", all of which must occur: the plain part of CloudWatch's pattern language. */
function termFilter(pattern: string): (message: string) => boolean {
  if (/^\s*[{[%]|(?:^|\s)[-?]/.test(pattern)) {
    throw badParameter(
      `Invalid filter pattern '${pattern}': the local SageMaker knows terms and "quoted phrases" only.`,
    );
  }
  const terms = [...pattern.matchAll(/"([^"]*)"|(\S+)/g)].map(([, phrase, word]) => phrase ?? word ?? '');
  return (message) => terms.every((term) => message.includes(term));
}

type Range = [from: number, to: number];

/** As many wanted events as fit a page, from `at` on. At the end the token comes back as it was, as CloudWatch does. */
function forwards(events: LogEvent[], at: number, limit: number, isWanted: Wanted): Range {
  const room = roomFor(limit, isWanted);
  let to = Math.min(at, events.length);
  const from = to;
  while (to < events.length && room(events[to])) to += 1;
  return [from, to];
}

function backwards(events: LogEvent[], at: number, limit: number, isWanted: Wanted): Range {
  const room = roomFor(limit, isWanted);
  const to = Math.min(at, events.length);
  let from = to;
  while (from > 0 && room(events[from - 1])) from -= 1;
  return [from, to];
}

/** Says of one event after the other whether it still fits the page. */
function roomFor(limit: number, isWanted: Wanted): (event: LogEvent | undefined) => boolean {
  let count = 0;
  let bytes = 0;
  return (event) => {
    if (!event || !isWanted(event)) return true;
    count += 1;
    // CloudWatch counts 26 bytes for an event beside its text.
    bytes += Buffer.byteLength(event.message) + 26;
    return count <= limit && (bytes <= MOST_BYTES || count === 1);
  };
}

const startOf = ({ startFromHead }: GetLogEventsInput, length: number): Token =>
  startFromHead ? { direction: 'f', at: 0 } : { direction: 'b', at: length };

interface Token {
  direction: 'f' | 'b';
  at: number;
}

const token = (direction: Token['direction'], at: number): string => `${direction}/${String(at).padStart(56, '0')}/s`;

function parsedToken(text: string): Token {
  const match = /^([fb])\/(\d+)\/s$/.exec(text);
  if (!match) throw badParameter('The specified nextToken is invalid.');
  return { direction: match[1] as Token['direction'], at: Number(match[2]) };
}

function pageByOffset<T>(items: T[], limit: number, nextToken: string | undefined): { page: T[]; next?: string } {
  const from = nextToken === undefined ? 0 : Number(nextToken);
  if (!Number.isInteger(from) || from < 0) throw badParameter('The specified nextToken is invalid.');
  const to = from + limit;
  return { page: items.slice(from, to), next: to < items.length ? String(to) : undefined };
}

const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message);
const badParameter = (message: string): AwsError => new AwsError('InvalidParameterException', message);
