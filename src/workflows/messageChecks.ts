/**
 * What comes from outside, before it changes anything: whoever can reach the server can send any signal with any payload, and
 * a handler that throws would hold its workflow for ever.
 * @module
 */
import { log } from '@temporalio/workflow';
import type { JobReport } from '../run/jobs.js';
import type { Ticket } from '../run/messages.js';
import type { Verdict } from '../run/progress.js';
import { fail } from '../spec/failures.js';
import type { FineTuneSpecInput } from '../spec/schema.js';
import { Unreadable } from './payloadConverter.js';

const LONGEST_NAME = 200;
const LONGEST_REASON = 2_000;
/** Temporal's own limit on an id. */
const LONGEST_ID = 1_000;
const LONGEST_NOTICE = 2_000;

/** A signal's handler that ignores what is not well formed, and says so in the log. */
export const ifWellFormed =
  <T>(signal: { name: string }, isWellFormed: (payload: unknown) => payload is T, handle: (payload: T) => void) =>
  (payload: unknown): void => {
    if (isWellFormed(payload)) handle(payload);
    else log.warn('a malformed signal was ignored', { signal: signal.name });
  };

export function isJobReport(value: unknown): value is JobReport {
  if (!isRecord(value) || !isRecord(value['job']) || !isText(value['firstCallAt'], 40)) return false;
  const { job } = value;
  return (
    ['stage', 'kind', 'name', 'arn', 'status', 'instanceType'].every((key) => isText(job[key], LONGEST_ID)) &&
    ['secondaryStatus'].every((key) => isAbsent(job[key]) || isText(job[key], LONGEST_ID)) &&
    isNumber(job['describeCalls']) &&
    ['count', 'seconds', 'trainingSeconds', 'usd'].every((key) => isNumberIfAny(job[key])) &&
    (isAbsent(job['metrics']) || (isRecord(job['metrics']) && Object.values(job['metrics']).every(isNumberIfAny))) &&
    (isAbsent(job['trials']) || isTrials(job['trials'])) &&
    (isAbsent(job['records']) || areNumbers(job['records'], 'processed', 'total')) &&
    (isAbsent(job['tokens']) || areNumbers(job['tokens'], 'inputTokens', 'outputTokens'))
  );
}

const areNumbers = (value: unknown, ...keys: string[]): boolean =>
  isRecord(value) && keys.every((key) => isNumber(value[key]));

const isTrials = (value: unknown): boolean =>
  areNumbers(value, 'planned', 'completed', 'inProgress', 'failed', 'stopped') &&
  isRecord(value) &&
  Array.isArray(value['shown']) &&
  (value['shown'] as unknown[]).every(isTrial) &&
  (isAbsent(value['best']) || isTrial(value['best']));

const isTrial = (value: unknown): boolean =>
  isRecord(value) &&
  isText(value['name'], LONGEST_ID) &&
  isText(value['status'], LONGEST_ID) &&
  isRecord(value['parameters']) &&
  Object.values(value['parameters']).every(isNumberIfAny) &&
  [value['metric'], value['seconds']].every(isNumberIfAny);

/** What a spec may be; it is checked where it is read. */
export const isSpecLike = (value: unknown): value is FineTuneSpecInput => isRecord(value);

export const isTicket = (value: unknown): value is Ticket =>
  isRecord(value) &&
  [value['workflowId'], value['runId']].every((id) => isText(id, LONGEST_ID) && id !== '') &&
  isRound(value['round']);

export const isRound = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

export const isNotice = (value: unknown): value is string => isText(value, LONGEST_NOTICE) && value !== '';

/**
 * For the updates' validators.
 *
 * @throws InvalidRequest with the sentence that the person will read
 */
export function assertVerdict(value: unknown): asserts value is Verdict {
  if (value instanceof Unreadable)
    throw fail(
      'InvalidRequest',
      `a request that cannot be read (${value.why}); send {"by": "your name", "reason": "why"}`,
    );
  if (!isRecord(value))
    throw fail('InvalidRequest', `${shown(value)} is no request; send {"by": "your name", "reason": "why"}`);
  const { by, reason } = value;
  if (typeof by !== 'string' || by.trim() === '') throw fail('InvalidRequest', '"by" must name the person who decides');
  assertLine('by', by.trim(), LONGEST_NAME);
  if (isAbsent(reason)) return;
  if (typeof reason !== 'string')
    throw fail('InvalidRequest', `"reason" is ${shown(reason)}; it must be text, or be left out`);
  assertLine('reason', reason.trim(), LONGEST_REASON);
}

/** Without the blanks around it, and with nothing but what it should have. */
export const trimmed = ({ by, reason, identity }: Verdict): Verdict => ({
  by: by.trim(),
  ...(typeof reason === 'string' && reason.trim() !== '' ? { reason: reason.trim() } : {}),
  ...(typeof identity === 'string' && identity !== '' ? { identity: identity.slice(0, LONGEST_NAME) } : {}),
});

function assertLine(key: string, text: string, longest: number): void {
  if (text.length > longest) {
    throw fail('InvalidRequest', `"${key}" has ${text.length} characters; it may have ${longest}`);
  }
  // A line break in a reason is a person's; what else steers a terminal or a page is nobody's.
  if (/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text.replace(/[\n\r\t]/g, key === 'reason' ? '' : '$&'))) {
    throw fail('InvalidRequest', `"${key}" holds control characters; write it without them`);
  }
}

const shown = (value: unknown): string =>
  value === undefined ? 'nothing' : value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
/** What JSON makes of a number that is none is null. */
const isNumberIfAny = (value: unknown): boolean => isAbsent(value) || isNumber(value);
const isAbsent = (value: unknown): boolean => value === undefined || value === null;
