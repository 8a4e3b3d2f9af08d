/** Whatever is sent: nothing is thrown, and nobody is signalled but the workflow whose id follows from the name in the event. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBridge } from '../../../src/events/bridge.js';
import { serveEvents } from '../../../src/events/http.js';
import { envelopeOf, MOST_BYTES } from '../../../src/events/parse.js';

function recording() {
  const signals: { workflowId: string; name: string; args: unknown[] }[] = [];
  const client = {
    withDeadline: (_: number, call: () => Promise<void>) => call(),
    workflow: {
      getHandle: (workflowId: string) => ({
        signal: async ({ name }: { name: string }, ...args: unknown[]) => {
          signals.push({ workflowId, name, args });
        },
      }),
    },
  };
  return { signals, bridge: createBridge(client as never, 'eventbridge') };
}

const KINDS = {
  'SageMaker Training Job State Change': ['TrainingJobName', 'TrainingJobStatus', 'job'],
  'SageMaker Processing Job State Change': ['ProcessingJobName', 'ProcessingJobStatus', 'job'],
  'Batch Inference Job State Change': ['batchJobName', 'status', 'job'],
  'SageMaker HyperParameter Tuning Job State Change': [
    'HyperParameterTuningJobName',
    'HyperParameterTuningJobStatus',
    'job',
  ],
  'SageMaker Endpoint State Change': ['EndpointName', 'EndpointStatus', 'endpoint'],
  'SageMaker Endpoint Deployment State Change': ['EndpointName', 'EndpointStatus', 'endpoint'],
} as const;
const KEYS = [
  ...['TrainingJobName', 'ProcessingJobName', 'EndpointName', 'TrainingJobStatus', 'ProcessingJobStatus'],
  ...['batchJobName', 'status'],
];
const sourceOf = (kind: keyof typeof KINDS): string => (kind.startsWith('SageMaker') ? 'aws.sagemaker' : 'aws.bedrock');

const sometimes = <T>(real: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 3, arbitrary: real }, { weight: 1, arbitrary: fc.jsonValue() });
const name = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/),
  fc.string(),
  fc.constantFrom('../../etc', 'job/attune-x', '__proto__', 'a'.repeat(64), `a${'-'.repeat(80)}b`, 'ATTUNE-X-TRAIN-1'),
);
const status = fc.oneof(fc.constantFrom('Completed', 'IN_SERVICE', 'Failed', 'NoSuchStatus'), fc.string());
const time = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);

/** Envelopes on every way from a real one to nonsense. */
const anyEnvelope = fc.record(
  {
    'detail-type': sometimes(
      fc.constantFrom(...Object.keys(KINDS), 'SageMaker Model Package State Change', 'constructor'),
    ),
    source: sometimes(fc.constantFrom('aws.sagemaker', 'aws.bedrock')),
    time: sometimes(time),
    detail: sometimes(
      fc
        .dictionary(fc.constantFrom(...KEYS), fc.oneof(name, status))
        .chain((members) => fc.record({ LastModifiedTime: sometimes(time) }).map((more) => ({ ...members, ...more }))),
    ),
  },
  { requiredKeys: [] },
);

test('no envelope is thrown over, and none signals another workflow than its own name leads to', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(anyEnvelope, fc.jsonValue()), async (sent) => {
      const { bridge, signals } = recording();

      const { kind } = await bridge.deliver(envelopeOf(JSON.stringify(sent)));

      expect(signals).toHaveLength(kind === 'change' ? 1 : 0);
      for (const { workflowId, name: signal, args } of signals) {
        const envelope = sent as { 'detail-type': keyof typeof KINDS; source: string; detail: Record<string, string> };
        const [key, , prefix] = KINDS[envelope['detail-type']];
        expect(workflowId).toBe(`${prefix}/${envelope.detail[key]!.toLowerCase()}`);
        expect(workflowId).toMatch(/^(job|endpoint)\/[a-z0-9-]{1,63}$/);
        expect(envelope.source).toBe(sourceOf(envelope['detail-type']));
        expect(signal).toBe('jobStateChanged');
        // What reaches a history is small, whatever came in.
        expect(Object.keys(args[0] as object)).toEqual(['status', 'at', 'source']);
        expect(JSON.stringify(args).length).toBeLessThan(200);
      }
    }),
    { numRuns: 500 },
  );
});

const realEvent = fc
  .record({
    kind: fc.constantFrom(...(Object.keys(KINDS) as (keyof typeof KINDS)[])),
    name: fc.stringMatching(/^attune-[a-z0-9]{1,20}$/),
    status: fc.constantFrom('InProgress', 'Completed', 'Failed', 'Stopped', 'IN_SERVICE'),
    at: fc.integer({ min: 0, max: 2_000_000_000_000 }),
  })
  .map(({ kind, name: jobName, status: newStatus, at }) => ({
    'detail-type': kind,
    source: sourceOf(kind),
    detail: { [KINDS[kind][0]]: jobName, [KINDS[kind][1]]: newStatus, LastModifiedTime: String(at) },
  }));

test('an event that comes again says the same to the same workflow', async () => {
  await fc.assert(
    fc.asyncProperty(realEvent, fc.integer({ min: 2, max: 5 }), async (event, times) => {
      const { bridge, signals } = recording();

      for (let i = 0; i < times; i += 1) await bridge.deliver(event);

      expect(bridge.counts.signalled).toBe(times);
      expect(new Set(signals.map((signal) => JSON.stringify(signal))).size).toBe(1);
    }),
  );
});

test('in whatever order events come, each workflow hears its own and no other', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc
        .array(realEvent, { maxLength: 10 })
        .chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length }))),
      async ([events, shuffled]) => {
        const [inOrder, outOfOrder] = [recording(), recording()];

        for (const event of events) await inOrder.bridge.deliver(event);
        for (const event of shuffled) await outOfOrder.bridge.deliver(event);

        const sorted = (signals: object[]) => signals.map((signal) => JSON.stringify(signal)).sort();
        expect(sorted(outOfOrder.signals)).toEqual(sorted(inOrder.signals));
      },
    ),
  );
});

test('no text is thrown over; what is longer than any event is not even read', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })), (text) => void envelopeOf(text)),
  );

  const filled = (bytes: number): string => `"${'é'.repeat((bytes - 2) / 2)}"`;
  expect(envelopeOf(filled(MOST_BYTES))).toBeTypeOf('string');
  expect(envelopeOf(filled(MOST_BYTES + 2))).toBeUndefined();
  expect(envelopeOf('['.repeat(MOST_BYTES))).toBeUndefined();
});

test('no body that is posted ends the server or goes unanswered', async () => {
  const { bridge, signals } = recording();
  const server = await serveEvents(bridge, { port: 0, token: 'a token of the tests' });
  const headers = { authorization: 'Bearer a token of the tests', 'content-type': 'application/json' };
  const post = (body: string | Uint8Array) =>
    fetch(server.url, { method: 'POST', headers, body: body as RequestInit['body'] });
  try {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.uint8Array(),
      anyEnvelope.map((sent) => JSON.stringify(sent)),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const { status: answered } = await post(body);
        expect([200, 400]).toContain(answered);
      }),
      { numRuns: 50 },
    );
    const oversized = await post(' '.repeat(MOST_BYTES + 1));
    expect(oversized.status).toBe(413);
    expect(bridge.counts.signalled).toBe(signals.length);
  } finally {
    await server.close();
  }
});
