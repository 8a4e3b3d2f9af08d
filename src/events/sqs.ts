/**
 * The bridge's SQS door: EventBridge's events from a queue, by long poll. At least once: a message is deleted after its
 * signal was taken or is known to be pointless, and before that never. While Temporal is away, messages are held here, so
 * that an outage does not use up their receives and fill the dead-letter queue.
 * @module
 */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bridge } from './bridge.js';
import { envelopeOf } from './parse.js';

export interface EventQueue {
  /** Ends within 20 s: what is being signalled is finished, what Temporal has not taken goes back to the queue at once. */
  close(): Promise<void>;
}

type Credentials = SQSClientConfig['credentials'];

export interface EventQueueOptions {
  bridge: Bridge;
  region: string;
  /** Default: the credentials as AWS's own settings name them. */
  credentials?: Credentials;
  /** Lines for people: troubles, their end, and the counts. */
  log: (line: string) => void;
  /** How long a message is hidden from other readers. Default 30: longer than one signal and the pause after it. */
  visibilitySeconds?: number;
  /** How long one poll waits for messages. Default 20, SQS's most. */
  waitSeconds?: number;
}

/** SQS's own limit on a batch. */
const BATCH = 10;
/** Longer than a poll waits. */
const ANSWER_WITHIN_MS = 30_000;
const SHORT_CALL_MS = 5_000;
const LONGEST_PAUSE_MS = 15_000;
const COUNTS_EVERY_MS = 600_000;

/**
 * A queue's URL says where it is. Of AWS's own the region is enough: AWS's settings decide on the host, such as
 * AWS_USE_FIPS_ENDPOINT.
 */
export function queueClient(queueUrl: string, region: string, credentials?: Credentials): SQSClient {
  const { hostname, origin } = new URL(queueUrl);
  const [, itsRegion] = AWS_QUEUE_HOST.exec(hostname) ?? [];
  return new SQSClient({
    ...(itsRegion ? { region: itsRegion, useQueueUrlAsEndpoint: false } : { region, endpoint: origin }),
    ...(credentials && { credentials }),
    maxAttempts: 1, // the loop of the reader tries again, and says so
    requestHandler: {
      connectionTimeout: SHORT_CALL_MS,
      requestTimeout: ANSWER_WITHIN_MS,
      throwOnRequestTimeout: true,
    },
  });
}

const AWS_QUEUE_HOST = /^sqs(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws|amazonaws\.eu)$/;

/** Reads the queue until it is closed. No trouble ends it: a worker without events still polls. */
export function readQueue(
  queueUrl: string,
  { bridge, region, credentials, log, visibilitySeconds = 30, waitSeconds = 20 }: EventQueueOptions,
): EventQueue {
  const sqs = queueClient(queueUrl, region, credentials);
  const stopping = new AbortController();
  const { signal } = stopping;
  const shortly = () => ({ abortSignal: AbortSignal.timeout(SHORT_CALL_MS) });
  const pause = (failures: number): Promise<void> =>
    sleep(pauseAfter(failures), undefined, { signal }).catch(() => undefined); // rejects only when stopped

  async function receive(): Promise<Message[]> {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: BATCH,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: visibilitySeconds,
      }),
      { abortSignal: signal },
    );
    return Messages;
  }

  /** Brings each message to its end, or hands it back when the reader is stopped. */
  async function settle(messages: Message[]): Promise<void> {
    let left = messages;
    for (let tries = 1; ; tries += 1) {
      const ends = await Promise.all(left.map(deliver));
      await remove(left.filter((_, i) => ends[i] === 'taken'));
      const away = left.filter((_, i) => ends[i] === 'away');
      if (away.length === 0 && tries > 1) log('events: Temporal takes signals again');
      if (away.length === 0) return;
      await hideFor(visibilitySeconds, away);
      await pause(tries);
      if (signal.aborted) return hideFor(0, away);
      left = away;
    }

    async function deliver({ Body = '', MessageId }: Message): Promise<'taken' | 'left' | 'away'> {
      try {
        const event = await bridge.deliver(envelopeOf(Body));
        if (event.kind !== 'malformed') return 'taken';
        log(`events: message ${MessageId} is left for the dead-letter queue: ${event.why}`);
        return 'left';
      } catch (error) {
        if (left === messages) log(`events: message ${MessageId} is held, Temporal does not take it: ${told(error)}`);
        return 'away';
      }
    }
  }

  /** A message that could not be deleted comes again, and is one more look. */
  async function remove(messages: Message[]): Promise<void> {
    if (messages.length === 0) return;
    const Entries = messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }), shortly());
  }

  async function hideFor(seconds: number, messages: Message[]): Promise<void> {
    const Entries = messages.map(({ ReceiptHandle }, i) => ({
      Id: String(i),
      ReceiptHandle,
      VisibilityTimeout: seconds,
    }));
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }), shortly());
  }

  async function run(): Promise<void> {
    let failures = 0;
    let toldAt = Date.now();
    let counts = JSON.stringify(bridge.counts);
    while (!signal.aborted) {
      try {
        await settle(await receive());
        if (failures > 0) log('events: the queue answers again');
        failures = 0;
      } catch (error) {
        if (signal.aborted && (error as Error).name === 'AbortError') break;
        failures += 1;
        if (failures === 1) log(`events: ${queueUrl}: ${told(error)}; trying again`);
        await pause(failures);
      }
      const now = JSON.stringify(bridge.counts);
      if (Date.now() - toldAt < COUNTS_EVERY_MS || now === counts) continue;
      [toldAt, counts] = [Date.now(), now];
      log(`events: ${now}`);
    }
    log(`events: ${JSON.stringify(bridge.counts)}`);
    sqs.destroy();
  }

  const ended = run();
  return {
    close: () => {
      stopping.abort();
      return ended;
    },
  };
}

const pauseAfter = (failures: number): number =>
  Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (failures - 1)) * (0.75 + Math.random() / 4);

const told = (error: unknown): string => {
  const { name, message } = error as Error;
  return `${name} (${message})`;
};
