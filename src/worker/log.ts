/**
 * The lines of a worker's log: for people, or as JSON for what collects them. Secrets of the environment are not in them.
 * @module
 */
import type { LogEntry } from '@temporalio/worker';

/** True of every worker of ours, by intent: workflows and activities are polled for on queues of their own. */
export const EXPECTED = /^No (workflows|activities) registered, not polling/;

/** "2026-01-01T00:00:00.000Z WARN Activity failed workflowId=… activityType=…: the error's message" */
export function lineOf(entry: LogEntry): string {
  const facts = Object.entries(factsOf(entry)).map(([key, value]) => `${key}=${String(value)}`);
  const error = errorOf(entry);
  return `${[timeOf(entry), entry.level, entry.message, ...facts].join(' ')}${error ? `: ${error}` : ''}`.replace(
    /\s*\n\s*/g,
    ' | ',
  );
}

/** `{"time", "level", "message", "workflowId"?, "runId"?, "jobName"?, "activityType"?, "attempt"?, "taskQueue"?, "error"?}` */
export function jsonOf(entry: LogEntry): string {
  const { level, message, meta = {} } = entry;
  const { workflowId, runId } = meta as Record<string, unknown>;
  const jobName = typeof workflowId === 'string' ? /^job\/(.+)$/.exec(workflowId)?.[1] : undefined;
  return JSON.stringify({
    time: timeOf(entry),
    level,
    message,
    ...factsOf(entry),
    runId,
    jobName,
    error: errorOf(entry),
  });
}

/** Values of these never get into a log, whoever puts them into a message. */
const SECRETS = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'TEMPORAL_API_KEY', 'TEMPORAL_CODEC_AUTH'];
/** What an Authorization header or a signed URL proves itself by. */
const PROOFS = /(Bearer |X-Amz-(?:Signature|Security-Token|Credential)=)[^\s"'&\\]+/gi;

export function withoutSecrets(line: string, env: NodeJS.ProcessEnv): string {
  const values = SECRETS.flatMap((name) => env[name] ?? []).filter((value) => value.length >= 8);
  return values.reduce((text, value) => text.replaceAll(value, '***'), line).replace(PROOFS, '$1***');
}

const timeOf = ({ timestampNanos }: LogEntry): string => new Date(Number(timestampNanos / 1_000_000n)).toISOString();

const factsOf = ({ meta = {} }: LogEntry): Record<string, unknown> =>
  Object.fromEntries(
    ['workflowId', 'activityType', 'attempt', 'taskQueue']
      .filter((key) => meta[key] !== undefined)
      .map((key) => [key, meta[key] as unknown]),
  );

const errorOf = ({ meta = {} }: LogEntry): string | undefined =>
  meta['error'] instanceof Error ? meta['error'].message : undefined;
