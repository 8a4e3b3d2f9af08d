/**
 * Who may come in, at the wire: a real server, the SDKs' own signatures, and requests that no client would make.
 */
import { ApplicationAutoScalingClient, DescribeScalableTargetsCommand } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { ListModelsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Context } from '../../src/context.js';
import { Faults } from '../../src/faults.js';
import { createEmulatorServer } from '../../src/server.js';
import { refusal } from '../support/refusal.js';
import { signedFetch, signedHeaders, type Signer } from '../support/signed.js';

const keys = { accessKeyId: 'local', secretAccessKey: 'secret' };
const region = 'us-east-1';
const signer: Signer = { ...keys, region };
const settings = { keys, region, takesFaults: false } as Context['settings'];

let server: Server;
let url: string;
let port: number;

beforeAll(async () => {
  server = createEmulatorServer({
    context: { settings, now: Date.now } as Context,
    faults: new Faults(),
    apis: [],
    invoke: (name, { body }) => Promise.resolve({ headers: { 'content-type': name }, body }),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  url = `http://127.0.0.1:${port}`;
});

afterAll(() => void server.close());

/** Signed requests come as far as the operation, which this server does not have. */
const AS_FAR_AS_THE_OPERATION = 'UnknownOperationException';

describe.each([
  ['the right key', keys, AS_FAR_AS_THE_OPERATION],
  ['another key', { ...keys, accessKeyId: 'other' }, 'UnrecognizedClientException'],
  ['another secret', { ...keys, secretAccessKey: 'guess' }, 'InvalidSignatureException'],
])('an SDK with %s', (_, credentials, expected) => {
  const config = () => ({ endpoint: url, region, credentials, maxAttempts: 1 });

  test('gets that answer from each API', async () => {
    const calls = [
      () => new SageMakerClient(config()).send(new ListModelsCommand({})),
      () => new CloudWatchLogsClient(config()).send(new DescribeLogGroupsCommand({})),
      () =>
        new ApplicationAutoScalingClient(config()).send(
          new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker' }),
        ),
    ];
    for (const call of calls) expect((await refusal(call())).name).toBe(expected);
  });

  test('is answered by an endpoint only with the right key', async () => {
    const runtime = new SageMakerRuntimeClient(config());
    const asked = runtime.send(new InvokeEndpointCommand({ EndpointName: 'a-b', Body: 'é{}', Accept: 'text/plain' }));

    if (credentials === keys) expect(Buffer.from((await asked).Body).toString()).toBe('é{}');
    else expect((await refusal(asked)).name).toBe(expected);
  });
});

const target = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'SageMaker.ListModels' };

/** @returns the status and AWS's name of the error */
async function answerTo(reply: Promise<Response>): Promise<[number, string]> {
  const { status, ...rest } = await reply.then(async (it) => ({
    status: it.status,
    ...((await it.json()) as { __type: string }),
  }));
  return [status, rest.__type];
}

const post = (headers: Record<string, string>, body = '{}') => fetch(url, { method: 'POST', headers, body });
const signed = (changes: Partial<Signer> = {}) =>
  signedHeaders(`${url}/`, { method: 'POST', body: '{}', headers: target }, { ...signer, ...changes });
const ago = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

describe('a request', () => {
  test('that is signed in any legal way is taken', async () => {
    expect(await answerTo(post(signed()))).toEqual([400, AS_FAR_AS_THE_OPERATION]);
    for (const minutes of [-4, 4]) {
      expect(await answerTo(post(signed({ at: ago(minutes) })))).toEqual([400, AS_FAR_AS_THE_OPERATION]);
    }
  });

  test.each<[string, () => Promise<Response>, string]>([
    ['without a signature', () => post(target), 'MissingAuthenticationTokenException'],
    ['with a password', () => post({ ...target, authorization: 'Basic eDp5' }), 'IncompleteSignatureException'],
    [
      'with a claim and no signature',
      () => post({ ...signed(), authorization: signed().authorization.replace(/Signature=.*/, 'Signature=0') }),
      'IncompleteSignatureException',
    ],
    ['of yesterday', () => post(signed({ at: ago(6) })), 'InvalidSignatureException'],
    ['of tomorrow', () => post(signed({ at: ago(-6) })), 'InvalidSignatureException'],
    ['for another region', () => post(signed({ region: 'eu-west-1' })), 'InvalidSignatureException'],
    ['for another service', () => post(signed({ service: 's3' })), 'InvalidSignatureException'],
    ['with another body', () => post(signed(), '{"MaxResults": 1}'), 'InvalidSignatureException'],
    [
      'with the digest of another body',
      () =>
        post(
          signedHeaders(
            `${url}/`,
            { method: 'POST', body: '{}', headers: { ...target, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
            signer,
          ),
        ),
      'InvalidSignatureException',
    ],
    [
      'for another operation',
      () => post({ ...signed(), 'x-amz-target': 'SageMaker.CreateTrainingJob' }),
      'InvalidSignatureException',
    ],
    [
      'whose operation is not signed',
      () =>
        post({
          ...signedHeaders(`${url}/`, { method: 'POST', body: '{}' }, signer),
          'x-amz-target': 'SageMaker.CreateTrainingJob',
        }),
      'InvalidSignatureException',
    ],
  ])('%s is refused with 403', async (_, reply, code) => {
    expect(await answerTo(reply())).toEqual([403, code]);
  });

  test('from a page of another origin is refused, signed or not', async () => {
    expect(await answerTo(post({ ...signed(), origin: 'http://attacker.example' }))).toEqual([
      403,
      'AccessDeniedException',
    ]);
    expect(await answerTo(post({ ...signed(), origin: 'null' }))).toEqual([403, 'AccessDeniedException']);
    expect(await answerTo(post({ ...signed(), origin: url }))).toEqual([400, AS_FAR_AS_THE_OPERATION]);
  });

  test('for faults is refused where faults were not asked for, and without a signature everywhere', async () => {
    expect(await answerTo(signedFetch(`${url}/faults`, { method: 'POST', body: '[]' }, signer))).toEqual([
      400,
      AS_FAR_AS_THE_OPERATION,
    ]);
    for (const path of ['/faults', '/calls']) expect((await answerTo(fetch(`${url}${path}`)))[0]).toBe(403);
    settings.takesFaults = true;
    try {
      expect((await fetch(`${url}/faults`, { method: 'POST', body: '[]' })).status).toBe(403);
      expect((await signedFetch(`${url}/faults`, { method: 'POST', body: '[]' }, signer)).status).toBe(200);
    } finally {
      settings.takesFaults = false;
    }
  });
});

/** @returns the status line's number */
async function raw(lines: string): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  socket.end(lines);
  return Number((await text(socket)).split(' ')[1]);
}

describe('at the socket', () => {
  const local = () => `Host: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`;

  test.each([
    '//',
    '//evil.example/',
    '/a//b',
    'http://evil.example/',
    '*',
    '/?X-Amz-Signature=0',
    '/#',
    '/\\',
    '/endpoints/%/invocations',
    '/endpoints/%E0%A4%A/invocations',
  ])('a target %s gets a 4xx, and the server goes on', async (path) => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const status = await raw(`${method} ${path} HTTP/1.1\r\n${local()}`);
      expect([400, 403]).toContain(status);
    }
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test.each([
    'attacker.example',
    'attacker.example:80',
    '127.0.0.1.attacker.example:80',
    'localhost.attacker.example',
    '',
  ])('Host %s is refused even for the health', async (host) => {
    expect(await raw(`GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toBe(403);
  });

  test.each(['LocalHost', '127.0.0.1:1', '[::1]:8080'])('%s is this machine, perhaps by a tunnel', async (host) => {
    expect(await raw(`GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toBe(200);
  });
});
