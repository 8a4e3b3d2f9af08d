import { ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { createAwsActivities, type Deps } from '../../src/activities/index.js';
import { CONTROL_PLANE, createClients } from '../../src/aws/clients.js';
import { inActivity } from '../support/inActivity.js';
import { Line } from '../support/line.js';

const ATTEMPT_MS = 1_000;

test('a connection that hangs is given up before the attempt is over, in words', async () => {
  const silent = createServer(); // accepts, and never answers
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
  const sageMaker = new SageMakerClient({ endpoint, region: 'us-east-1', credentials, ...CONTROL_PLANE });
  const { lookAtJob } = createAwsActivities({ sageMaker } as unknown as Deps);
  const began = Date.now();
  try {
    const look = inActivity(lookAtJob, { kind: 'training', name: 'x' }, { startToCloseTimeoutMs: ATTEMPT_MS });

    await expect(look).rejects.toMatchObject({
      type: 'Unavailable',
      nonRetryable: false,
      message: expect.stringContaining('looking at training job x'),
    });
    expect(Date.now() - began).toBeGreaterThanOrEqual(ATTEMPT_MS / 2);
  } finally {
    sageMaker.destroy();
    silent.close();
  }
});

test('a line that dies with everything that idles on it costs one attempt, not one for each connection', async () => {
  const server = createHttpServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const line = await Line.open((server.address() as AddressInfo).port, 'json');
  vi.stubEnv('AWS_ENDPOINT_URL_SAGEMAKER', `http://127.0.0.1:${line.port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  const clients = createClients({ region: 'us-east-1' });
  const look = (timeoutMs: number) =>
    clients.sageMaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'x' }), {
      abortSignal: AbortSignal.timeout(timeoutMs),
    });
  try {
    await Promise.all(Array.from({ length: 10 }, () => look(ATTEMPT_MS))); // as many connections

    await line.become('half-open');
    await line.become('open');

    await expect(look(ATTEMPT_MS / 4)).rejects.toMatchObject({ name: 'AbortError' });
    await expect(look(ATTEMPT_MS)).resolves.toBeDefined();
  } finally {
    clients.close();
    await line.close();
    server.close();
    vi.unstubAllEnvs();
  }
});

test('Bedrock is asked over connections that can be given up too, and not over HTTP/2', async () => {
  const answer = { output: { message: { role: 'assistant', content: [{ text: 'yes' }] } }, stopReason: 'end_turn' };
  const server = createHttpServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer)),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL_BEDROCK_RUNTIME', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  const clients = createClients({ region: 'us-east-1' });
  try {
    const ask = new ConverseCommand({ modelId: 'm', messages: [{ role: 'user', content: [{ text: 'is it?' }] }] });

    expect((await clients.bedrock.send(ask)).output).toEqual(answer.output);
  } finally {
    clients.close();
    server.close();
    vi.unstubAllEnvs();
  }
});
