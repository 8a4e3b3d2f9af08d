import { ScheduleOverlapPolicy } from '@temporalio/client';
import { expect, test } from 'vitest';
import { awsClients } from '../../src/client/aws.js';
import { cancelRun } from '../../src/client/runs/decide.js';
import { list } from '../../src/client/runs/list.js';
import { progressOf } from '../../src/client/runs/progress.js';
import { schedulesOf, type Schedules } from '../../src/client/schedules/schedule.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { smallSpec, until, withLoop, type Loop } from '../support/loop.js';

const page = (workflowId: string): string => workflowId;
const monthly = { cron: '0 3 1 * *' };

/** Schedules whose runs go to the test's own worker; what a test makes is deleted when it is over. */
async function withSchedules(
  sageMaker: FakeSageMaker,
  body: (bench: Loop & { schedules: Schedules; spec: FineTuneSpecInput }) => Promise<void>,
): Promise<void> {
  await withLoop(sageMaker, async (loop) => {
    const { client, taskQueue } = loop;
    const settings = { prefix: 'attune', taskQueue };
    const deps = { client, aws: awsClients({}), settings, page, schedulePage: page };
    const schedules = schedulesOf(deps);
    const spec = smallSpec({ deploy: false });
    await body({ ...loop, schedules, spec });
    await client.schedule.getHandle(spec.name).delete();
  });
}

const lastStatus = async (schedules: Schedules, id: string): Promise<string | undefined> =>
  (await schedules.list()).find(({ scheduleId }) => scheduleId === id)?.last?.status;

test('applying creates, applying the same again changes nothing, applying another tells the difference', async () => {
  await withSchedules(new FakeSageMaker(), async ({ client, schedules, spec }) => {
    const created = await schedules.apply(spec, { cron: '0 3 * * 1', timeZone: 'Europe/Berlin', jitter: '10m' });
    const same = await schedules.apply(spec, { cron: '0 3 * * 1', timeZone: 'Europe/Berlin', jitter: '10m' });
    const other = await schedules.apply({ ...spec, train: { epochs: 5 } }, { every: '7d' });

    expect(created).toMatchObject({
      change: 'created',
      schedule: { scheduleId: spec.name, name: spec.name, cron: '0 3 * * 1', paused: false, skipped: 0 },
    });
    expect(created.schedule.next).toHaveLength(3);
    expect(same).toMatchObject({ change: 'unchanged', differences: [] });
    expect(other.change).toBe('updated');
    expect(other.differences).toEqual([
      { field: 'train.epochs', a: 2, b: 5 },
      { field: 'cron', a: '0 3 * * 1', b: null },
      { field: 'timeZone', a: 'Europe/Berlin', b: null },
      { field: 'jitter', a: '10m', b: null },
      { field: 'every', a: null, b: '7d' },
    ]);
    expect(await client.schedule.getHandle(spec.name).describe()).toMatchObject({
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 3_600_000, pauseOnFailure: true },
      spec: { intervals: [{ every: 604_800_000 }] },
      action: { args: [{ ...spec, train: { epochs: 5 }, whenUnchanged: 'skip' }] },
    });
  });
});

test("a person's pause and its reason survive an apply, until they resume", async () => {
  await withSchedules(new FakeSageMaker(), async ({ schedules, spec }) => {
    await schedules.apply(spec, monthly);
    await schedules.pause(spec.name, 'labels are being mended');

    const { change, schedule } = await schedules.apply(spec, { every: '1d' });
    const resumed = await schedules.resume(spec.name, 'labels are mended');

    expect(change).toBe('updated');
    expect(schedule).toMatchObject({ paused: true, note: 'labels are being mended', every: '1d', next: [] });
    expect(resumed).toMatchObject({ paused: false, note: 'labels are mended' });
    expect(resumed.next).not.toEqual([]);
  });
});

test('a trigger starts a run that lists and lookups by name find; another one is skipped while it goes on', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('prepare');
  await withSchedules(sageMaker, async ({ client, schedules, spec }) => {
    await schedules.apply(spec, { ...monthly, paused: true });

    const first = await schedules.trigger(spec.name);
    const second = await schedules.trigger(spec.name);

    const [workflowId] = first.started;
    expect(workflowId).toMatch(new RegExp(`^finetune/${spec.name}/${spec.name}-\\d{4}-\\d\\d-\\d\\dT`));
    expect(second).toEqual({ scheduleId: spec.name, started: [], skipped: 1, running: [workflowId] });
    await until(async () => (await list(client, page, { name: spec.name })).length > 0);
    expect(await list(client, page, { name: spec.name, running: true })).toMatchObject([{ workflowId }]);
    await until(() => sageMaker.jobs().length === 1);
    expect(await progressOf(client, spec.name)).toMatchObject({ workflowId, name: spec.name });
    await cancelRun(client, spec.name);
  });
});

test('of several times that are filled in, the first starts a run and those that fall into it are skipped', async () => {
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('prepare');
  await withSchedules(sageMaker, async ({ client, schedules, spec }) => {
    await schedules.apply(spec, { ...monthly, paused: true });

    const filled = await schedules.backfill(spec.name, new Date('2026-01-15'), new Date('2026-04-15'));
    const nothing = schedules.backfill(spec.name, new Date('2026-01-15'), new Date('2026-01-20'));

    expect(filled).toMatchObject({ started: [expect.stringContaining('2026-02-01T03:00:00Z')], skipped: 2 });
    await expect(nothing).rejects.toMatchObject({ type: 'InvalidRequest' });
    await cancelRun(client, filled.started[0]!);
  });
});

test('a run that fails pauses its schedule, with the reason as note', async () => {
  const failureReason = 'AlgorithmError: the loss is not a number, exit code: 2';
  const sageMaker = new FakeSageMaker().withEndings('train', { status: 'Failed', failureReason });
  await withSchedules(sageMaker, async ({ schedules, spec }) => {
    await schedules.apply(spec, monthly);
    const { started } = await schedules.trigger(spec.name);
    await until(async () => (await lastStatus(schedules, spec.name)) === 'failed');
    await until(async () => (await schedules.list()).some((each) => each.scheduleId === spec.name && each.paused));

    const schedule = (await schedules.list()).find(({ scheduleId }) => scheduleId === spec.name);

    expect(schedule!.note).toContain(started[0]);
    expect(schedule!.note).toContain('the loss is not a number');
  });
});

test('the second run of a schedule on unchanged data ends at once, and creates nothing', async () => {
  const sageMaker = new FakeSageMaker();
  await withSchedules(sageMaker, async ({ client, schedules, spec }) => {
    await schedules.apply(spec, monthly);
    const first = (await schedules.trigger(spec.name)).started[0]!;
    await client.workflow.getHandle(first).result();
    await until(async () => (await lastStatus(schedules, spec.name)) === 'done');
    sageMaker.calls.length = 0;

    const second = await untilStarted(schedules, spec.name);
    await client.workflow.getHandle(second).result();

    expect(await progressOf(client, second)).toMatchObject({ status: 'done', unchanged: { since: first }, jobs: [] });
    expect(sageMaker.calls.filter(({ operation }) => operation.startsWith('Create'))).toEqual([]);
    expect((await schedules.list()).find(({ scheduleId }) => scheduleId === spec.name)).toMatchObject({
      paused: false,
    });
  });
});

/** The server hears of a run's end a moment after it: until then a trigger is skipped. */
async function untilStarted(schedules: Schedules, id: string): Promise<string> {
  for (;;) {
    const [started] = (await schedules.trigger(id)).started;
    if (started !== undefined) return started;
  }
}

test('a schedule that is not there is told by name, with those that are', async () => {
  await withSchedules(new FakeSageMaker(), async ({ schedules, spec }) => {
    await schedules.apply(spec, monthly);
    await until(async () => (await schedules.list()).some(({ scheduleId }) => scheduleId === spec.name));

    for (const call of [schedules.pause, schedules.resume, schedules.trigger, schedules.delete]) {
      await expect(call('no-such-schedule')).rejects.toMatchObject({
        type: 'ScheduleNotFound',
        message: expect.stringContaining('no-such-schedule') as string,
        mend: expect.stringContaining(spec.name) as string,
      });
    }
  });
});

test.each([
  [{}, 'either a cron line or an interval'],
  [{ cron: '0 3 * * 1', every: '7d' }, 'either a cron line or an interval'],
  [{ cron: 'each monday' }, 'no cron line of five fields'],
  [{ cron: '99 3 * * 1' }, 'the server refuses the recurrence'],
  [{ every: '10s' }, 'no interval of at least 1m'],
  [{ every: 'weekly' }, 'no interval of at least 1m'],
  [{ every: '7d', timeZone: 'Europe/Berlin' }, 'knows no time zone'],
  [{ cron: '0 3 * * 1', timeZone: 'Europe/Atlantis' }, 'is no time zone'],
])('a recurrence that is none is refused in words: %j', async (recurrence, words) => {
  await withLoop(new FakeSageMaker(), async ({ client }) => {
    const deps = { client, aws: awsClients({}), settings: { prefix: 'attune' }, page, schedulePage: page };

    await expect(schedulesOf(deps).apply(smallSpec(), recurrence)).rejects.toMatchObject({
      type: 'InvalidRequest',
      message: expect.stringContaining(words) as string,
    });
  });
});

test('a schedule of syncs stands beside the one that retrains, and goes on after one that failed', async () => {
  await withSchedules(new FakeSageMaker(), async ({ client, schedules, spec }) => {
    await schedules.apply(spec, monthly);
    const index = { store: 'pgvector', url: { variable: 'ATTUNE_INDEX_NONE' }, table: 'docs' } as const;
    const indexed = { ...spec, deploy: {}, index };

    const { schedule } = await schedules.apply(indexed, { every: '1h', starts: 'syncIndex' });

    expect(schedule).toMatchObject({ scheduleId: `index-sync-${spec.name}`, starts: 'syncIndex', every: '1h' });
    expect(schedule.note).toContain(`syncs the index of ${spec.name}`);
    const mine = (await schedules.list()).filter(({ name }) => name === spec.name);
    expect(mine.map(({ starts }) => starts).sort()).toEqual(['fineTune', 'syncIndex']);
    expect(await client.schedule.getHandle(schedule.scheduleId).describe()).toMatchObject({
      policies: { overlap: ScheduleOverlapPolicy.SKIP, pauseOnFailure: false },
      action: {
        workflowType: 'syncIndex',
        workflowId: expect.stringMatching(new RegExp(`^index-sync/[^/]+/${spec.name}$`)),
      },
    });
    const taken = schedules.apply(indexed, { every: '1h', starts: 'syncIndex', id: spec.name });
    await expect(taken).rejects.toMatchObject({ type: 'InvalidRequest', message: expect.stringContaining('fineTune') });
    const without = schedules.apply(spec, { every: '1h', starts: 'syncIndex' });
    await expect(without).rejects.toMatchObject({ type: 'NotAvailable' });

    await schedules.trigger(schedule.scheduleId);
    await until(async () => (await lastStatus(schedules, schedule.scheduleId)) === 'failed');
    expect((await schedules.list()).find(({ scheduleId }) => scheduleId === schedule.scheduleId)!.paused).toBe(false);
    await schedules.delete(schedule.scheduleId);
  });
});
