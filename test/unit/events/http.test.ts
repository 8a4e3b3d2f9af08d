import { ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { get } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createBridge, type Bridge } from '../../../src/events/bridge.js';
import { serveEvents, type EventServer } from '../../../src/events/http.js';

const TOKEN = 'a token of the tests';
const BEARER = { authorization: `Bearer ${TOKEN}` };

let signals: { workflowId: string; signal: unknown }[];
let answer: () => void;
let bridge: Bridge;
let server: EventServer;

beforeEach(async () => {
  signals = [];
  answer = () => undefined;
  const client = {
    withDeadline: (_: number, call: () => Promise<void>) => call(),
    workflow: {
      getHandle: (workflowId: string) => ({
        signal: async (_: unknown, signal: unknown) => {
          answer();
          signals.push({ workflowId, signal });
        },
      }),
    },
  };
  bridge = createBridge(client as never, 'http');
  server = await serveEvents(bridge, { port: 0, token: TOKEN });
});
afterEach(() => server.close());

const post = (body: string, changes: Record<string, string> = {}) =>
  fetch(server.url, { method: 'POST', body, headers: { ...BEARER, 'content-type': 'application/json', ...changes } });
const event = JSON.stringify({
  'detail-type': 'SageMaker Processing Job State Change',
  source: 'aws.sagemaker',
  detail: {
    ProcessingJobName: 'attune-x-prepare-1',
    ProcessingJobStatus: 'Completed',
    ProcessingEndTime: 1_777_887_190_456,
  },
});

test('a posted event becomes a signal to the workflow that waits for the job', async () => {
  const response = await post(event);

  expect(response.status).toBe(200);
  expect(signals).toEqual([
    {
      workflowId: 'job/attune-x-prepare-1',
      signal: { status: 'Completed', at: '2026-05-04T09:33:10.456Z', source: 'http' },
    },
  ]);
});

test('an event for nobody is taken and counted', async () => {
  answer = () => {
    throw new WorkflowNotFoundError('not found', 'job/attune-x-prepare-1', undefined);
  };

  expect((await post(event)).status).toBe(200);
  expect(await (await fetch(server.url, { headers: BEARER })).json()).toEqual({
    signalled: 0,
    nobodyWaits: 1,
    refused: 0,
    ignored: 0,
    malformed: 0,
    repeated: 0,
  });
});

test.each([
  ['', 400],
  ['{', 400],
  ['[]', 400],
  ['{"detail-type": "Something Else", "source": "aws.sagemaker"}', 200],
  ['x'.repeat(300_000), 413],
])('a body such as %.60s is answered with %i and signals nobody', async (body, status) => {
  expect((await post(body)).status).toBe(status);
  expect(signals).toEqual([]);
});

test('only POST delivers', async () => {
  expect((await fetch(server.url, { method: 'PUT', body: event, headers: BEARER })).status).toBe(405);
  expect(signals).toEqual([]);
});

test('an event that the workflow will not take any more is counted, and not tried again', async () => {
  answer = () => {
    const grpc = Object.assign(new Error('3 INVALID_ARGUMENT'), { code: 3, details: 'too many signals', metadata: {} });
    throw new ServiceError('Failed to signal Workflow', { cause: grpc });
  };

  expect((await post(event)).status).toBe(200);
  expect(bridge.counts).toMatchObject({ signalled: 0, refused: 1 });
});

test('while Temporal is away the sender is asked to try again', async () => {
  answer = () => {
    throw new Error('14 UNAVAILABLE');
  };

  expect((await post(event)).status).toBe(503);
});

test('a taken port is said to be taken', async () => {
  const port = Number(new URL(server.url).port);

  await expect(serveEvents(bridge, { port, token: TOKEN })).rejects.toThrow(`port ${port} for events is taken`);
});

test.each<[string, Record<string, string>, number]>([
  ['no token', { authorization: '' }, 401],
  ['another token', { authorization: 'Bearer guess' }, 401],
  ['another scheme', { authorization: `Basic ${TOKEN}` }, 401],
  ['a page of another origin', { origin: 'http://attacker.example' }, 403],
  ['a page without an origin', { origin: 'null' }, 403],
  ['what a page may send without asking', { 'content-type': 'text/plain' }, 415],
])('an event with %s is refused', async (_, headers, status) => {
  expect((await post(event, headers)).status).toBe(status);
  expect(signals).toEqual([]);
});

test('a name of elsewhere that resolves to this machine is refused, the counts are for those with the token', async () => {
  const { port } = new URL(server.url);
  const statusOf = (path: string, headers: Record<string, string>): Promise<number | undefined> =>
    new Promise((resolve) => {
      get({ port, path, headers }, (response) => resolve(response.resume().statusCode));
    });

  expect(await statusOf('/', { ...BEARER, host: `attacker.example:${port}` })).toBe(403);
  expect(await statusOf('/health', { host: 'attacker.example' })).toBe(403);
  expect(await statusOf('/', {})).toBe(401);
  expect(await statusOf('/', { ...BEARER, host: `localhost:${port}` })).toBe(200);
  expect(await (await fetch(`${server.url}/health`)).json()).toEqual({});
});
