import { ListEndpointsCommand } from '@aws-sdk/client-sagemaker';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { assumedRoleIn } from '../../../src/aws/assumedRole.js';
import { createClients } from '../../../src/aws/clients.js';
import { doctor } from '../../../src/client/doctor.js';

const ROLE = 'arn:aws:iam::111122223333:role/data';
/** How long the credentials last that STS gives. */
let lastsMs: number;
/** The bodies of AssumeRole, and the keys that SageMaker was called with. */
let assumed: URLSearchParams[];
let keys: string[];

/** STS and SageMaker in one. */
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (data: Buffer) => (body += data.toString()));
  request.on('end', () => {
    if (request.headers['x-amz-target']) {
      keys.push(/Credential=(\w+)\//.exec(request.headers.authorization ?? '')![1]!);
      response.setHeader('content-type', 'application/x-amz-json-1.1').end('{"Endpoints": []}');
      return;
    }
    assumed.push(new URLSearchParams(body));
    const expiration = new Date(Date.now() + lastsMs).toISOString();
    response.setHeader('content-type', 'text/xml').end(
      `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
       <AccessKeyId>KEY${assumed.length}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
       <Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    );
  });
});
beforeEach(async () => {
  [assumed, keys] = [[], []];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'own');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'own');
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.close();
  server.closeAllConnections();
});

/** Two calls of a worker, one after the other. */
async function callTwice(): Promise<void> {
  const clients = createClients({ region: 'eu-west-1', assumeRole: { arn: ROLE, externalId: 'attune-1' } });
  await clients.sageMaker.send(new ListEndpointsCommand({}));
  await clients.sageMaker.send(new ListEndpointsCommand({}));
  clients.close();
}

test('a role is taken on once for calls while its credentials last, with the id that its owner asks for', async () => {
  lastsMs = 3_600_000;

  await callTwice();

  expect(keys).toEqual(['KEY1', 'KEY1']);
  expect(assumed.map((body) => [body.get('RoleArn'), body.get('ExternalId')])).toEqual([[ROLE, 'attune-1']]);
});

test('credentials are renewed before they end', async () => {
  lastsMs = 240_000;

  await callTwice();

  expect(new Set(keys).size).toBe(2);
});

test.each([
  [{ ATTUNE_ASSUME_ROLE_ARN: 'arn:aws:iam::111122223333:user/data' }],
  [{ ATTUNE_ASSUME_ROLE_EXTERNAL_ID: 'attune-1' }],
])('%j is refused before any call, and by doctor in words', async (env) => {
  expect(() => assumedRoleIn(env)).toThrow('expected arn:aws:iam::<account>:role/<name>');
  expect(await doctor({ ...env, TEMPORAL_ADDRESS: '127.0.0.1:1' })).toContainEqual(
    expect.objectContaining({
      check: 'SageMaker',
      ok: false,
      mend: expect.stringContaining('ATTUNE_ASSUME_ROLE') as string,
    }),
  );
  expect(assumedRoleIn({})).toBeUndefined();
});
