/**
 * What all List operations share: filters, order, pages. A page's token names the last record shown, so that records made
 * or deleted between two pages neither repeat nor hide others.
 * @module
 */
import { invalid } from './errors.js';

/** The members that SageMaker's List requests have in common. Times in epoch seconds. */
export interface ListInput {
  NextToken?: string;
  MaxResults?: number;
  NameContains?: string;
  StatusEquals?: string;
  CreationTimeAfter?: number;
  CreationTimeBefore?: number;
  LastModifiedTimeAfter?: number;
  LastModifiedTimeBefore?: number;
  SortBy?: string;
  SortOrder?: string;
}

/** How a record is seen by filters and order. Times in epoch seconds. */
export interface Listed {
  name: string;
  createdAt: number;
  modifiedAt: number;
  status?: string;
  /** Of a tuning job's training jobs: the objective. */
  value?: number;
}

type Position = [number | string, string];

/**
 * One page of records, in order.
 *
 * @param view          how to see a record
 * @param defaultOrder  of the operation, as its documentation says
 * @throws ValidationException for a token that no page gave out
 */
export function pageOf<T>(
  records: T[],
  view: (record: T) => Listed,
  input: ListInput,
  defaultOrder: 'Ascending' | 'Descending' = 'Ascending',
): { page: T[]; NextToken?: string } {
  const direction = (input.SortOrder ?? defaultOrder) === 'Ascending' ? 1 : -1;
  const positioned = records
    .map((record) => ({ record, listed: view(record) }))
    .filter(({ listed }) => matches(listed, input))
    .map(({ record, listed }) => ({ record, position: positionOf(listed, input.SortBy) }))
    .sort((a, b) => direction * compare(a.position, b.position));

  const after = input.NextToken === undefined ? undefined : decode(input.NextToken);
  const rest = after ? positioned.filter(({ position }) => direction * compare(position, after) > 0) : positioned;
  const shown = rest.slice(0, input.MaxResults ?? 10);
  const last = shown.at(-1);
  return {
    page: shown.map(({ record }) => record),
    NextToken: last && rest.length > shown.length ? encode(last.position) : undefined,
  };
}

const matches = (listed: Listed, input: ListInput): boolean =>
  (input.NameContains === undefined || listed.name.includes(input.NameContains)) &&
  (input.StatusEquals === undefined || listed.status === input.StatusEquals) &&
  within(listed.createdAt, input.CreationTimeAfter, input.CreationTimeBefore) &&
  within(listed.modifiedAt, input.LastModifiedTimeAfter, input.LastModifiedTimeBefore);

const within = (time: number, after = -Infinity, before = Infinity): boolean => time >= after && time <= before;

function positionOf(listed: Listed, sortBy = 'CreationTime'): Position {
  if (sortBy === 'Name') return ['', listed.name];
  if (sortBy === 'FinalObjectiveMetricValue') return [listed.value ?? 0, listed.name];
  if (sortBy === 'Status') return [listed.status ?? '', listed.name];
  if (sortBy === 'LastModifiedTime') return [listed.modifiedAt, listed.name];
  return [listed.createdAt, listed.name];
}

const compare = (a: Position, b: Position): number => order(a[0], b[0]) || order(a[1], b[1]);
const order = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : 0);

const encode = (position: Position): string => Buffer.from(JSON.stringify(position)).toString('base64url');

function decode(token: string): Position {
  try {
    const position: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(position) && position.length === 2 && typeof position[1] === 'string')
      return position as Position;
  } catch {
    // Not JSON: refused below, like any other token that is not ours.
  }
  throw invalid('Invalid pagination token: it was not returned by an earlier page of this list.');
}
