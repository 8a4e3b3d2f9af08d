import { expect, test } from 'vitest';
import { createIoActivities, type Deps } from '../../src/activities/index.js';
import type { Run } from '../../src/activities/types.js';
import { awsError } from '../support/awsError.js';
import { FakeS3 } from '../support/fakeS3.js';
import { inActivity } from '../support/inActivity.js';

const run = { folder: 's3://bucket/run/', spec: { encryption: {} } } as unknown as Run;
const PROBES = [
  { text: 'a question', kind: 'query', vector: [1, 0] },
  { text: 'a passage', kind: 'document', vector: [0.6, 0.8] },
];

/** An endpoint that answers so; the request's texts in, any JSON out. */
async function verifying(endpoint: (texts: string[], kind: string) => unknown, probes: unknown = { probes: PROBES }) {
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
  const result = inActivity(verifyEndpoint, input);
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

test('a model that refuses a request does not pass; an endpoint that is not ready is asked again', async () => {
  const refusing = await verifying(() => {
    throw awsError('ModelError', 'Received client error (400) from primary', 424);
  });
  expect(await refusing.result).toMatchObject({ passed: false, verdict: expect.stringContaining('refused') });

  const notReady = await verifying(() => {
    throw awsError('ModelNotReadyException', 'the model is loading', 429);
  });

  await expect(notReady.result).rejects.toMatchObject({ nonRetryable: false });
});

test('probes that cannot be read are a fault of the evaluation', async () => {
  const { result } = await verifying(evaluated, { probes: [] });

  await expect(result).rejects.toMatchObject({ type: 'EvaluationUnusable', nonRetryable: true });
});
