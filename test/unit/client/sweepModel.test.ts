/**
 * Whatever happens in an account between two sweeps, nothing that serves or works goes, and nothing that is paid for is neither
 * owned nor listed. A failure names the seed and the shortest story that shows it.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Sweep, SweepOptions } from '../../../src/client/sweep/sweep.js';
import { filesOf } from '../../../src/run/files.js';
import { jobWorkflowId } from '../../../src/run/ids.js';
import { awsError } from '../../support/awsError.js';
import { World, type Children, type End, type Space, type WorldRun } from '../../support/sweepWorld.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-01T00:00:00Z') }));
afterEach(() => void vi.useRealTimers());

type Action =
  | { do: 'start'; space: Space; id: number; name: number; endpoint: string }
  | { do: 'job' | 'batch' | 'deploy' | 'verify' | 'abandon' | 'reset' | 'forgetDeployments'; run: number }
  | { do: 'forget'; run: number; all: boolean }
  | { do: 'end'; run: number; how: End; children: Children }
  | { do: 'down' | 'lags'; space: Space; so: boolean }
  | { do: 'fail'; endpoint: string }
  | { do: 'wait' }
  | { do: 'sweep'; space: Space; options: Required<SweepOptions> };

const space = fc.constantFrom<Space>('dev', 'prod');
const run = fc.nat(5);
const endpoint = fc.constantFrom('one', 'two');
const actions: fc.Arbitrary<Action>[] = [
  fc.record({ do: fc.constant('start'), space, id: fc.nat(1), name: fc.nat(1), endpoint }),
  fc.record({ do: fc.constantFrom('job', 'batch', 'deploy', 'deploy', 'verify', 'verify', 'abandon', 'reset'), run }),
  fc.record({ do: fc.constant('forgetDeployments'), run }),
  fc.record({ do: fc.constant('forget'), run, all: fc.boolean() }),
  fc.record({
    do: fc.constant('end'),
    run,
    how: fc.constantFrom<End>('done', 'rejected', 'failed', 'cancelled', 'terminated', 'timed out'),
    children: fc.constantFrom<Children>('tidy', 'linger', 'gone'),
  }),
  fc.record({ do: fc.constantFrom('down', 'lags'), space, so: fc.boolean() }),
  fc.record({ do: fc.constant('fail'), endpoint }),
  fc.record({ do: fc.constant('wait') }),
  fc.record({
    do: fc.constant('sweep'),
    space,
    options: fc.record({ delete: fc.boolean(), includeUnknown: fc.boolean(), scratch: fc.boolean() }),
  }),
] as fc.Arbitrary<Action>[];

async function take(world: World, action: Action): Promise<void> {
  vi.setSystemTime(Date.now() + 400);
  const one = 'run' in action ? world.runs[action.run % world.runs.length] : undefined;
  switch (action.do) {
    case 'start':
      await world.start(action.space, `finetune/id-${action.id}`, `name-${action.name}`, action.endpoint);
      return;
    case 'down':
      world.temporal[action.space].down = action.so;
      return;
    case 'lags':
      if (action.so) world.temporal[action.space].lags = true;
      else world.temporal[action.space].catchUp();
      return;
    case 'fail':
      if (world.fake.endpoints().some(({ name, status }) => name === action.endpoint && status === 'InService'))
        world.fake.failEndpoint(action.endpoint);
      return;
    case 'wait':
      vi.setSystemTime(Date.now() + 60_000);
      return;
    case 'sweep':
      await sweepAndCheck(world, action.space, action.options);
      return;
    default:
      if (one === undefined) return;
  }
  if (action.do === 'forget') world.forget(one, action.all);
  else if (action.do === 'forgetDeployments') world.forgetDeployments(one.space, 'one');
  else if (action.do === 'end') await world.end(one, action.how, action.children);
  else await world[action.do](one);
}

/** Everything there is, by the words of the fake account. */
async function standing(world: World) {
  await world.settle();
  return {
    jobs: [...world.fake.jobs(), ...world.batches()]
      .filter(({ status }) => status === 'InProgress')
      .map(({ name }) => name),
    endpoints: world.fake.endpoints().filter(({ status }) => status !== 'Deleting'),
    configs: world.fake.configNames(),
    models: world.fake.modelNames(),
    working: [...world.fake.jobs(), ...world.batches()].flatMap(({ name }) => (world.works(name) ? name : [])),
    /** Of configs and models whose run goes on, or that an endpoint serves with that is in use. */
    needed: [
      ...world.fake.endpoints().flatMap(({ name }) => (world.serves(name) ? world.fake.uses(name) : [])),
      ...world.fake.configNames().filter((name) => world.isNeeded('endpoint-config', name)),
      ...world.fake.modelNames().filter((name) => world.isNeeded('model', name)),
    ],
    /** Of endpoints. */
    serving: world.fake.endpoints().flatMap(({ name }) => (world.serves(name) ? name : [])),
    folders: world.runs.filter(({ run: { folder } }) => world.fake.s3.has(folder)),
  };
}

async function sweepAndCheck(world: World, where: Space, options: Required<SweepOptions>): Promise<void> {
  const before = await standing(world);
  const swept = await world.sweep(where, options);
  const after = await standing(world);
  const gone = <T>(all: readonly T[], left: readonly T[], key: (one: T) => string): T[] =>
    all.filter((one) => !left.some((other) => key(other) === key(one)));
  const self = (name: string): string => name;

  for (const job of gone(before.jobs, after.jobs, self))
    expect(world.works(job), `${job} works, and was stopped`).toBe(false);
  for (const { name } of gone(before.endpoints, after.endpoints, (one) => one.name))
    expect(before.serving, `endpoint ${name} serves, and was removed`).not.toContain(name);
  for (const config of gone(before.configs, after.configs, self)) {
    const user = after.endpoints.find(({ name }) => world.fake.uses(name).includes(config));
    expect(user?.name, `${config} is in use, and was removed`).toBeUndefined();
    expect(before.needed, `the run of ${config} goes on`).not.toContain(config);
  }
  for (const model of gone(before.models, after.models, self)) {
    const user = after.configs.find((config) =>
      world.fake.configOf(config).ProductionVariants!.some(({ ModelName }) => ModelName === model),
    );
    expect(user, `${model} is in use, and was removed`).toBeUndefined();
    expect(before.needed, `the run of ${model} goes on`).not.toContain(model);
  }
  for (const one of gone(before.folders, after.folders, ({ run: { folder } }) => folder)) {
    expect(world.goesOn(one), `${one.run.folder} is being written, and was removed`).toBe(false);
    expect(one.evaluated, `${one.run.folder} holds an evaluation, and was removed`).toBe(false);
  }
  for (const { kind, name } of swept.leftovers.filter((one) => one.ownerKnown)) {
    const inUse = kind === 'endpoint' ? before.serving.includes(name) : before.needed.includes(name);
    expect(inUse || before.working.includes(name), `${name} is told to be left over`).toBe(false);
  }
  for (const { folder } of swept.scratch ?? []) {
    const one = before.folders.find(({ run }) => run.folder === folder)!;
    expect(
      one.space === where && !world.temporal[where].down && world.goesOn(one),
      `${folder} is told to be of no use`,
    ).toBe(false);
  }
  checkListed(world, before, swept);
  if (options.delete) checkRemoved(world, where, before, after);
}

/** What is paid for is owned by a run that goes on, or by being deployed; or the sweep tells of it. */
function checkListed(world: World, before: Awaited<ReturnType<typeof standing>>, { leftovers, kept }: Sweep): void {
  const told = new Set([...leftovers, ...kept].map(({ name }) => name));
  for (const job of before.jobs)
    expect(world.works(job) || told.has(job), `${job} is paid for, unowned and unlisted`).toBe(true);
  for (const { name } of before.endpoints)
    expect(before.serving.includes(name) || told.has(name), `endpoint ${name} is paid for, unowned and unlisted`).toBe(
      true,
    );
}

type Standing = Awaited<ReturnType<typeof standing>>;

/** And it does sweep: what a run left that is over, known and never verified is gone after it. */
function checkRemoved(world: World, where: Space, before: Standing, after: Standing): void {
  const temporal = world.temporal[where];
  if (temporal.down) return;
  const isKnown = ({ space: its, firstRunId }: WorldRun): boolean =>
    its === where && temporal.executions.some(({ runId }) => runId === firstRunId);
  for (const one of world.runs.filter((candidate) => isKnown(candidate) && world.isWhole(candidate)))
    for (const job of one.jobs.filter((name) => before.jobs.includes(name) && !world.works(name)))
      expect(after.jobs, `${job} is left over, and was not stopped`).not.toContain(job);
}

test('no story of two namespaces ends with something in use removed, or something paid for untold', async () => {
  const story = fc.array(fc.oneof(...actions), { minLength: 4, maxLength: 40 });
  const told = fc.asyncProperty(story, async (steps) => {
    const world = new World();
    for (const step of steps) await take(world, step);
    for (const where of ['dev', 'prod'] as const)
      await sweepAndCheck(world, where, { delete: true, includeUnknown: true, scratch: true });
  });
  await fc.assert(told, { numRuns: Number(process.env.SWEEP_STORIES ?? 60), ...seedOf(process.env.SWEEP_SEED) });
}, 120_000);

const seedOf = (seed: string | undefined): { seed?: number } => (seed === undefined ? {} : { seed: Number(seed) });

/** A run of `space` whose endpoint was verified. */
async function deployed(world: World, where: Space, id = 'finetune/id'): Promise<WorldRun> {
  const one = (await world.start(where, id, 'search'))!;
  await world.deploy(one);
  vi.setSystemTime(Date.now() + 60_000);
  await world.verify(one);
  await world.end(one, 'done', 'tidy');
  return one;
}
const everything = { delete: true, includeUnknown: true, scratch: true };
const serving = (world: World) => world.fake.endpoints().map(({ name, status }) => `${name} ${status}`);

test("another namespace's job under the same workflow id goes on", async () => {
  const world = new World();
  const dev = (await world.start('dev', 'finetune/id', 'search'))!;
  await world.job(dev);
  const prod = (await world.start('prod', 'finetune/id', 'search'))!;
  await world.end(prod, 'terminated', 'gone');

  const { leftovers } = await world.sweep('prod', everything);

  const why = expect.stringContaining('namespace dev') as string;
  expect(leftovers).toMatchObject([{ name: dev.jobs[0], ownerKnown: false, mayRun: true, why }]);
  expect(world.fake.jobs()).toMatchObject([{ status: 'InProgress' }]);
});

test("another namespace's verified endpoint under the same workflow id stays, with its config and model", async () => {
  const world = new World();
  await deployed(world, 'dev');
  const prod = (await world.start('prod', 'finetune/id', 'search', 'another'))!;
  await world.end(prod, 'terminated', 'gone');

  await world.sweep('prod', everything);

  expect(serving(world)).toEqual(['shared InService']);
  expect([world.fake.configNames().length, world.fake.modelNames().length]).toEqual([1, 1]);
});

test('an endpoint that was deployed stays when the same spec is submitted again, and its deployment fails', async () => {
  const world = new World();
  await deployed(world, 'dev');
  const again = (await world.start('dev', 'finetune/id', 'search'))!;
  await world.deploy(again);
  vi.setSystemTime(Date.now() + 60_000);
  await world.end(again, 'failed', 'tidy');
  vi.setSystemTime(Date.now() + 60_000);

  await world.sweep('dev', everything);

  expect(serving(world)).toEqual(['shared InService']);
});

test('an endpoint that was deployed stays when its workflow id runs again, and Temporal forgets its run and deployment', async () => {
  const world = new World();
  const first = await deployed(world, 'dev');
  const again = (await world.start('dev', 'finetune/id', 'search'))!;
  await world.end(again, 'failed', 'tidy');
  world.forget(first, true);
  world.forgetDeployments('dev', 'shared');

  const { kept } = await world.sweep('dev', everything);

  expect(serving(world)).toEqual(['shared InService']);
  expect(kept).toMatchObject([{ name: 'shared', why: expect.stringContaining('deployed and verified at') as string }]);
});

test('a run that begins again between the list and the removal keeps its job', async () => {
  const world = new World();
  const one = (await world.start('dev', 'finetune/id', 'search'))!;
  await world.job(one);
  await world.end(one, 'terminated', 'gone');
  let looks = 0;
  world.temporal.dev.asked = () => {
    if ((looks += 1) === 3) world.reset(one); // after the list, before the removal
  };

  const { leftovers } = await world.sweep('dev', { delete: true });

  expect(leftovers).toMatchObject([{ name: one.jobs[0], outcome: 'kept' }]);
  expect(world.fake.jobs()).toMatchObject([{ status: 'InProgress' }]);
});

test('what a terminated run left is removed, with the autoscaling of its endpoint', async () => {
  const world = new World();
  const one = (await world.start('dev', 'finetune/id', 'search'))!;
  await world.job(one);
  await world.deploy(one);
  vi.setSystemTime(Date.now() + 60_000);
  await world.end(one, 'terminated', 'gone');
  world.fake.scale('shared');

  const { leftovers } = await world.sweep('dev', { delete: true });

  expect(leftovers.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
    'processingJob stopped',
    'endpoint removed',
    'endpointConfig removed',
    'model removed',
  ]);
  expect(world.fake.autoScaling.targets).toEqual({});
});

test("a batch job goes by the same proof: stopped once its very run is over, and not another namespace's", async () => {
  const world = new World();
  const dev = (await world.start('dev', 'finetune/id', 'search'))!;
  await world.batch(dev);
  const prod = (await world.start('prod', 'finetune/id', 'search'))!;
  await world.batch(prod);
  await world.end(prod, 'terminated', 'gone');

  const { leftovers, batchesUnseen } = await world.sweep('prod', everything);

  expect(batchesUnseen).toBeUndefined();
  expect(leftovers).toMatchObject([
    { kind: 'batchJob', name: dev.jobs[0], ownerKnown: false, mayRun: true },
    { kind: 'batchJob', name: prod.jobs[0], ownerKnown: true, outcome: 'stopped' },
  ]);
  expect(world.batches().map(({ status }) => status)).toEqual(['InProgress', 'Stopping']);
});

test('a batch job of a run whose id has letters that Bedrock takes in no tag is told from one of another run', async () => {
  const world = new World();
  const one = (await world.start('dev', 'finetune/für-prüfung', 'search'))!;
  await world.batch(one);
  world.temporal.dev.end(jobWorkflowId(one.jobs[0]!), 'TERMINATED');

  await world.sweep('dev', everything);
  expect(world.batches()).toMatchObject([{ status: 'InProgress' }]);

  await world.end(one, 'terminated', 'gone');
  const { scratch } = await world.sweep('dev', { delete: true });
  expect(world.batches()).toMatchObject([{ status: 'Stopping' }]);
  expect(scratch).toMatchObject([{ kept: 'a job of it has not ended yet' }]);
});

test('where Bedrock may not be asked, the sweep says so, and folders that its jobs may write into stay', async () => {
  const world = new World();
  const [plain, asking] = [
    await world.start('dev', 'finetune/plain', 'plain'),
    await world.start('dev', 'finetune/asking', 'asking'),
  ];
  world.fake.s3.put(`${filesOf(asking!.run).questionBatches}write/input/0000.jsonl`, '{}');
  for (const one of [plain!, asking!]) await world.end(one, 'failed', 'tidy');
  for (const _ of ['looking for jobs', 'looking for folders', 'looking again'])
    world.bedrock.withFault('ListModelInvocationJobs', awsError('AccessDeniedException', 'not authorized', 403));

  const { batchesUnseen, scratch } = await world.sweep('dev', everything);

  expect(batchesUnseen).toMatch(/listing batch jobs of Amazon Bedrock: AccessDenied/);
  expect(scratch).toMatchObject([
    { folder: plain!.run.folder, outcome: 'removed' },
    { folder: asking!.run.folder, kept: expect.stringContaining('files of batch jobs') as string },
  ]);
});
