import type { Info } from '@temporalio/activity';
import { expect, test } from 'vitest';
import { createIoActivities, type Deps } from '../../src/activities/index.js';
import type { Run } from '../../src/activities/types.js';
import { awsError } from '../support/awsError.js';
import { FakeS3 } from '../support/fakeS3.js';
import { inActivity } from '../support/inActivity.js';

const spec = { encryption: {}, deploy: { startupTimeoutSeconds: 600 } };
const run = { folder: 's3://bucket/run/', spec } as unknown as Run;
const PROBES = [
  { text: 'a question', kind: 'query', vector: [1, 0] },
  { text: 'a passage', kind: 'document', vector: [0.6, 0.8] },
];

/** An endpoint that answers so; the request's texts in, any JSON out. */
async function verifying(
  endpoint: (texts: string[], kind: string) => unknown,
  probes: unknown = { probes: PROBES },
  info: Partial<Info> = {},
) {
  const s3 = new FakeS3();
  s3.put('s3://bucket/run/evaluation/probes.json', JSON.stringify(probes));
  const runtime = {
    send: async ({ input }: { input: { Body: string } }) => {
      const { inputs, kind } = JSON.parse(input.Body) as { inputs: string | string[]; kind: string };
      return { Body: new TextEncoder().encode(JSON.stringify(endpoint([inputs].flat(), kind))) };
    },
  };
  const { verifyEndpoint } = createIoActivities({ s3, runtime } as unknown as Deps);
  const input = { run, endpoint: 'med', configName: 'med-1' };
  const result = inActivity(verifyEndpoint, input, info);
  return { s3, result };
}

const evaluated = (texts: string[]) => texts.map((text) => PROBES.find((probe) => probe.text === text)!.vector);

test('a live model with the evaluated vectors passes, on record', async () => {
  const { s3, result } = await verifying(evaluated);

  expect(await result).toMatchObject({ passed: true, minCosine: 1 });
  expect(s3.json('s3://bucket/run/deployment/verification.json')).toMatchObject({
    passed: true,
    endpoint: 'med',
    probes: 2,
  });
});

test('a difference of rounding passes, a different model does not', async () => {
  const rounded = await verifying((texts) => evaluated(texts).map(([x, y]) => [x! + 1e-6, y]));
  const other = await verifying((texts) => evaluated(texts).map(([x, y]) => [x! + 0.1, y! - 0.1]));

  expect(await rounded.result).toMatchObject({ passed: true });
  expect(await other.result).toMatchObject({ passed: false, verdict: expect.stringContaining('worst cosine') });
});

test('an endpoint of int8 may round otherwise on another processor, and is told when it serves float32', async () => {
  const float32 = [
    [0.996, Math.sqrt(1 - 0.996 ** 2)],
    [0.62, Math.sqrt(1 - 0.62 ** 2)],
  ];
  const probes = { engine: 'int8', probes: PROBES.map((probe, i) => ({ ...probe, float32: float32[i] })) };
  const turned = (by: number) => (texts: string[]) =>
    evaluated(texts).map(([x, y]) => [x! * Math.cos(by) - y! * Math.sin(by), x! * Math.sin(by) + y! * Math.cos(by)]);
  const inFloat32 = (texts: string[]) => texts.map((text) => float32[PROBES.findIndex((probe) => probe.text === text)]);

  expect(await (await verifying(turned(0.03), probes)).result).toMatchObject({ passed: true });
  expect(await (await verifying(turned(0.3), probes)).result).toMatchObject({ passed: false });
  expect(await (await verifying(inFloat32, probes)).result).toMatchObject({
    passed: true,
    verdict: expect.stringContaining('in float32 and not int8: the endpoint could not install onnxruntime'),
  });
});

test.each([
  [
    'one vector for several texts',
    () => [[1, 0]],
    PROBES.map((probe) => ({ ...probe, kind: 'query' })),
    'gave 1 vectors for 2 texts',
  ],
  ['something else than vectors', () => ({ ok: true }), PROBES, 'something else than vectors'],
  ['vectors of another length', (texts: string[]) => texts.map(() => [1, 0, 0]), PROBES, 'worst cosine 0.000000'],
])('an endpoint that answers with %s does not pass', async (_, endpoint, probes, verdict) => {
  const { result } = await verifying(endpoint, { probes });

  expect(await result).toMatchObject({ passed: false, verdict: expect.stringContaining(verdict) });
});

const modelError = (OriginalStatusCode: number, OriginalMessage: string) =>
  Object.assign(awsError('ModelError', `Received error (${OriginalStatusCode}) from primary`, 424), {
    OriginalStatusCode,
    OriginalMessage,
  });
const OWN = JSON.stringify({ error: { code: 'blank', message: "'inputs' is blank", param: 'inputs' } });
const packed = (code: number, message: string) => JSON.stringify({ code, type: 'InternalServerException', message });

test.each([
  ['as the handler wrote it', modelError(413, OWN)],
  ["as AWS's model server packs it", modelError(400, packed(400, OWN))],
])('a refusal by the handler, %s, does not pass', async (_, error) => {
  const refusing = await verifying(() => {
    throw error;
  });

  expect(await refusing.result).toMatchObject({
    passed: false,
    verdict: "the model refused a request: 'inputs' is blank",
  });
});

const NOT_READY: [string, Error][] = [
  ['a container that took too long', modelError(0, 'Your invocation timed out')],
  ['no worker', modelError(503, packed(503, 'No worker is available to serve request for model: model'))],
  ['a dead worker', modelError(500, packed(500, 'Worker died.'))],
  ['a worker without memory', modelError(507, packed(507, 'System out of memory'))],
  ['a load that failed in the Hugging Face image', modelError(400, packed(400, 'it cannot be loaded'))],
  ["a body of the handler's form with a server's status", modelError(500, OWN)],
  ['a model that loads', awsError('ModelNotReadyException', 'the model is loading', 429)],
  ['an instance that starts', awsError('ServiceUnavailable', 'no instance in service', 503)],
  ['a dependency', awsError('InternalDependencyException', 'try again', 530)],
];

test.each(NOT_READY)('%s is no refusal: the endpoint is asked again', async (_, error) => {
  const { result } = await verifying(() => {
    throw error;
  });

  await expect(result).rejects.toMatchObject({ type: 'Unavailable', nonRetryable: false });
});

test.each(NOT_READY)('%s for longer than a start may take does not pass', async (_, error) => {
  const failing = () => {
    throw error;
  };
  const sinceMs = Date.now() - 601_000;
  const found = { withoutModel: { sinceMs, lastMs: Date.now() - 5_000, attempt: 99 } };
  const { result } = await verifying(failing, undefined, { attempt: 100, heartbeatDetails: found });

  expect(await result).toMatchObject({
    passed: false,
    verdict: expect.stringContaining('did not answer within deploy.startupTimeoutSeconds (600 s)'),
  });
});

test('what nobody looked at for long is no start that took too long', async () => {
  const sinceMs = Date.now() - 3_600_000;
  const found = { withoutModel: { sinceMs, lastMs: sinceMs, attempt: 99 } };
  const failing = () => {
    throw modelError(0, 'Your invocation timed out');
  };
  const { result } = await verifying(failing, undefined, { attempt: 100, heartbeatDetails: found });

  await expect(result).rejects.toMatchObject({ type: 'Unavailable', nonRetryable: false });
});

test.each([
  ['is throttled', awsError('ThrottlingException', 'Rate exceeded', 400)],
  ['fails inside AWS', awsError('InternalFailure', 'try again', 500)],
  ['takes longer than the client waits', Object.assign(new Error('timed out'), { name: 'TimeoutError' })],
  ['loses its connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
])('a request that %s says nothing of the model, however often', async (_, error) => {
  const found = { withoutModel: { sinceMs: Date.now() - 3_600_000, lastMs: Date.now() - 5_000, attempt: 99 } };
  const failing = () => {
    throw error;
  };
  const { result } = await verifying(failing, undefined, { attempt: 100, heartbeatDetails: found });

  await expect(result).rejects.toMatchObject({ nonRetryable: false });
});

test('probes that cannot be read are a fault of the evaluation', async () => {
  const { result } = await verifying(evaluated, { probes: [] });

  await expect(result).rejects.toMatchObject({ type: 'EvaluationUnusable', nonRetryable: true });
});
