/**
 * What the worker process says on standard error: warnings and errors, one line each.
 * @module
 */
import { DefaultLogger, Runtime, type LogEntry } from '@temporalio/worker';

/** True of every worker of ours, by intent: workflows and activities are polled for on queues of their own. */
const EXPECTED = /^No (workflows|activities) registered, not polling/;

/** Once a process, before its first worker. */
export function installWorkerLog(write: (line: string) => void): void {
  const logger = new DefaultLogger('WARN', (entry) => {
    if (!EXPECTED.test(entry.message)) write(lineOf(entry));
  });
  // The native half of the SDK would else print by itself, in colours.
  Runtime.install({ logger, telemetryOptions: { logging: { forward: {} } } });
}

/** "2026-01-01T00:00:00.000Z WARN Activity failed workflowId=… activityType=…: the error's message" */
export function lineOf({ level, message, timestampNanos, meta = {} }: LogEntry): string {
  const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const facts = ['workflowId', 'activityType', 'attempt', 'taskQueue']
    .filter((key) => meta[key] !== undefined)
    .map((key) => `${key}=${String(meta[key])}`);
  const error = meta['error'] instanceof Error ? `: ${meta['error'].message}` : '';
  return `${[time, level, message, ...facts].join(' ')}${error}`.replace(/\s*\n\s*/g, ' | ');
}
