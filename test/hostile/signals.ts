/**
 * Messages to every workflow, as whoever reaches the server can send them: any name, any number of arguments, payloads that no
 * converter reads. Each is refused or ignored, the runs stay as they were, and each ends as it would have ended.
 * @module
 */
import type { WorkflowHandle } from '@temporalio/client';
import { RawValue } from '@temporalio/common';
import fc from 'fast-check';
import { configuredDataConverter } from '../../src/client/dataConverter.js';
import { jobWorkflowId } from '../../src/run/ids.js';
import { approve, progress } from '../../src/run/messages.js';
import { deploymentOf, queueOf } from '../support/endpointWorkflows.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop, type Loop, type Run } from '../support/loop.js';
import { startTemporal } from '../support/ownTemporal.js';
import { judged, type Area, type Verdict } from './area.js';

const EXPECTED = 'refused or ignored in 10 s, with every run as it was';
/** A workflow whose task fails answers no query. */
const ANSWERS_WITHIN_MS = 10_000;
/** Of one world: a history is only so long. */
const MOST_INPUTS = 500;

const TARGETS = ['training', 'waiting', 'deploying', 'job', 'deployment', 'queue'] as const;
type Target = (typeof TARGETS)[number];

interface Message {
  to: Target;
  way: 'signal' | 'update' | 'query';
  name: string;
  args: unknown[];
}

const NAMES: Record<Message['way'], string[]> = {
  signal: ['jobStateChanged', 'jobReport', 'waitNotice', 'takePlace', 'leavePlace', 'yourTurn', 'fineTuneMilestone'],
  update: ['approve', 'reject', 'cancelStage'],
  query: ['progress', '__stack_trace', '__temporal_workflow_metadata'],
};
const NOBODYS = ['nobodyKnowsThis', '__proto__', 'constructor', 'toString', '__temporal_x', '', 'x\u0000y', '\u202e'];

/** A payload as no converter of the SDK writes it. */
const raw = fc
  .record({
    encoding: fc.constantFrom(
      'json/plain',
      'binary/plain',
      'binary/null',
      'json/protobuf',
      'binary/encrypted',
      'x',
      '',
    ),
    data: fc.oneof(
      fc.constantFrom('{', '', 'null', '{"by":', '\ufeff{}').map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    ),
    bare: fc.boolean(),
  })
  .map(({ encoding, data, bare }) =>
    RawValue.fromPayload({ ...(bare ? {} : { metadata: { encoding: Buffer.from(encoding) } }), data }),
  );

const deep = fc.integer({ min: 50, max: 1_500 }).map((levels) => {
  let value: unknown = 'end';
  for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { job: value };
  return value;
});

const someValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(null, undefined, -1, Number.MAX_VALUE, true, '\u0000', JSON.parse('{"__proto__": {"by": "x"}}')),
);
/** Each field of each message, with anything in it. A person's name never is: such a request would be obeyed. */
const nearly = fc.dictionary(
  fc.constantFrom('job', 'firstCallAt', 'workflowId', 'round', 'status', 'at', 'source', 'reason', 'constructor'),
  fc.oneof(someValue, fc.record({ name: someValue, status: someValue, trials: someValue, describeCalls: someValue })),
);
const nameless = fc.record({
  by: fc.constantFrom('', ' ', null, 7, ['x'], 'x'.repeat(201), 'a\nb', 'a\u001b[2J', '\u0000'),
  reason: someValue,
});

const argument = fc.oneof(
  someValue,
  nearly,
  nameless,
  raw,
  raw,
  deep,
  // An update of more than 2 MB no worker of the SDK (1.24) can refuse: its answer would repeat what is too large to be sent.
  fc.constantFrom(100_000, 1_900_000).map((length) => 'x'.repeat(length)),
);

/** What is well formed is obeyed: a notice is any text. */
const isObeyed = ({ name, args: [first] }: Message): boolean => name === 'waitNotice' && typeof first === 'string';

const message: fc.Arbitrary<Message> = fc
  .constantFrom<Message['way'][]>('signal', 'signal', 'signal', 'update', 'query')
  .chain((way) =>
    fc.record({
      to: fc.constantFrom(...TARGETS),
      way: fc.constant(way),
      name: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...NAMES[way]) }, fc.constantFrom(...NOBODYS)),
      args: fc.array(argument, { maxLength: 3 }),
    }),
  )
  .filter((one) => !isObeyed(one));

export const signalsArea: Area = {
  name: 'signals',
  async run(inputs, seed) {
    const server = await startTemporal();
    try {
      const verdict: Verdict = { tried: 0, bad: [] };
      for (let left = inputs; left > 0; left -= MOST_INPUTS) {
        const count = Math.min(left, MOST_INPUTS);
        const { tried, bad } = await inAWorld(server.address, (world) => flooded(world, count, seed + left));
        verdict.tried += tried;
        verdict.bad.push(...bad);
      }
      return verdict;
    } finally {
      await server.stop();
    }
  },
};

interface World {
  runs: Record<'training' | 'waiting' | 'deploying', Run>;
  handles: Record<Target, WorkflowHandle>;
  withDeadline<T>(call: () => Promise<T>): Promise<T>;
  /** Lets each run come to its end. */
  release(): Promise<void>;
}

/** Each workflow at a wait of its own. */
async function inAWorld<T>(address: string, body: (world: World) => Promise<T>): Promise<T> {
  const sageMaker = new FakeSageMaker().withEndpointsThatNeverSettle();
  const dataConverter = await configuredDataConverter({}); // as of a worker that was told nothing
  return withLoop(sageMaker, async (loop) => body(await arranged(sageMaker, loop)), { address, dataConverter });
}

async function arranged(sageMaker: FakeSageMaker, { startRun, client }: Loop): Promise<World> {
  const deploying = await startRun();
  await until(() => sageMaker.pointed.length > 0);
  const waiting = await startRun({ deploy: { approval: 'required' } });
  await untilProgress(waiting, ({ status }) => status === 'waitingForApproval');
  sageMaker.withJobsThatNeverEnd('train');
  const training = await startRun({ deploy: false });
  const { jobs } = await untilProgress(training, ({ jobs }) =>
    jobs.some(({ stage, arn }) => stage === 'train' && arn !== ''),
  );
  const job = jobs.find(({ stage }) => stage === 'train')!.name;
  const endpoint = sageMaker.pointed[0]!;
  const withId = (id: string): WorkflowHandle => client.workflow.getHandle(id);
  return {
    runs: { training, waiting, deploying },
    handles: {
      ...{ training, waiting, deploying },
      job: withId(jobWorkflowId(job)),
      deployment: withId(deploymentOf(endpoint)),
      queue: withId(queueOf(endpoint)),
    },
    withDeadline: (call) => client.connection.withDeadline(Date.now() + ANSWERS_WITHIN_MS, call),
    release: async () => {
      sageMaker.letEndpointsSettle();
      await sageMaker.end(job);
      await waiting.executeUpdate(approve, { args: [{ by: 'the hostile suite' }] });
    },
  };
}

async function flooded(world: World, count: number, seed: number): Promise<Verdict> {
  const before = await standing(world);
  const verdict = await judged(message, { count, seed, expected: EXPECTED }, async (one) => {
    const fault = await world.withDeadline(() => answerTo(world.handles[one.to], one));
    if (fault) return fault;
    await world.withDeadline(() => world.handles[one.to].query('__temporal_workflow_metadata'));
    const after = await world.withDeadline(() => standing(world));
    return after === before ? undefined : `${before} became ${after}`;
  });
  const ends = await endsOf(world).catch((error: unknown) => String(error));
  if (ends !== 'done, done, done')
    verdict.bad.push({ input: 'all of them', expected: 'runs that end done', seen: ends });
  return verdict;
}

/** Of all runs, as people see it. Nobody promised how often a job is looked at. */
async function standing({ runs }: World): Promise<string> {
  const all = await Promise.all(Object.values(runs).map((run) => run.query(progress)));
  return JSON.stringify(all, (key, value: unknown) => (key === 'describeCalls' ? undefined : value));
}

async function endsOf(world: World): Promise<string> {
  await world.withDeadline(world.release);
  const results = Promise.all(Object.values(world.runs).map((run) => run.result()));
  return (await world.withDeadline(() => results)).map(({ status }) => status).join(', ');
}

/** @returns what is wrong: an update that was taken, or that nobody answered */
async function answerTo(handle: WorkflowHandle, { way, name, args }: Message): Promise<string | undefined> {
  try {
    if (way === 'signal') await handle.signal(name, ...args);
    else if (way === 'query') await handle.query(name, ...args);
    else return `taken: ${JSON.stringify(await handle.executeUpdate(name, { args: args as [unknown] }))}`;
    return undefined;
  } catch (error) {
    const words = inWords(error);
    return /DEADLINE|CANCELLED|TimeoutOrCancelled/.test(words) ? words : undefined;
  }
}

const inWords = (error: unknown): string =>
  error instanceof Error
    ? `${error.name}: ${error.message}${error.cause ? ` (${inWords(error.cause)})` : ''}`
    : String(error);
