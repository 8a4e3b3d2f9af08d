/**
 * State-change events, delivered as EventBridge would: one envelope a POST. A hint for whoever listens; nothing waits for it.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Settings } from './context.js';

/** As EventBridge carries the status of endpoints, and enums of processing jobs: IN_SERVICE, S3_PREFIX. */
export const upperSnake = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase();

const PATIENCE_MS = 5_000;

export function announce(settings: Settings, detailType: string, arn: string, detail: object, time: number): void {
  if (!settings.eventsUrl) return;
  const body = JSON.stringify({
    version: '0',
    id: randomUUID(),
    'detail-type': detailType,
    source: arn.split(':')[2] === 'bedrock' ? 'aws.bedrock' : 'aws.sagemaker',
    account: settings.accountId,
    time: new Date(time).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: settings.region,
    resources: [arn],
    detail,
  });
  void deliver(settings.eventsUrl, settings.eventsToken, body, 2);
}

async function deliver(url: string, token: string | undefined, body: string, attempts: number): Promise<void> {
  try {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const reply = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(PATIENCE_MS) });
    if (reply.ok) return;
    // A refusal stays one: to send the same again is of use only where the listener itself failed.
    if (reply.status < 500) attempts = 1;
    throw new Error(`status ${reply.status}`);
  } catch (error) {
    if (attempts > 1) return deliver(url, token, body, attempts - 1);
    process.stderr.write(`event not delivered to ${url}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
