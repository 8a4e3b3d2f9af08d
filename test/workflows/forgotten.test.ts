import { expect, test } from 'vitest';
import { progressOf } from '../../src/client/runs/progress.js';
import { compare } from '../../src/client/runs/compare.js';
import { retryRun } from '../../src/client/runs/retry.js';
import { toldByRecords, toldByTemporal } from '../../src/client/runs/told.js';
import { listAll, orRecorded, unlessForgotten } from '../../src/client/runs/recorded.js';
import { watch } from '../../src/client/runs/watch.js';
import { report } from '../../src/client/report/report.js';
import type { Progress } from '../../src/run/progress.js';
import { AttuneError } from '../../src/spec/attuneError.js';
import { awsError } from '../support/awsError.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { recordsOf, until, withLoop, type Loop, type Run } from '../support/loop.js';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What Temporal does when the retention is over. */
async function forgotten({ client }: Loop, { workflowId }: Run): Promise<void> {
  const { namespace } = client.options;
  await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
  await until(async () => {
    const known = await client.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => undefined);
    return known === undefined;
  });
}

const show = (loop: Loop, id: string) => orRecorded(recordsOf(loop), id, () => progressOf(loop.client, id));

const ENDS: [status: string, sageMaker: () => FakeSageMaker, cancels?: true][] = [
  ['done', () => new FakeSageMaker()],
  ['rejected', () => new FakeSageMaker().withEvaluation({ overBase: [-0.01, 0.02, 0.05] })],
  ['failed', () => new FakeSageMaker().withEndings('train', { status: 'Failed', failureReason: 'AlgorithmError: no' })],
  ['cancelled', () => new FakeSageMaker().withJobsThatNeverEnd('train'), true],
];

test.each(ENDS)('a run that ended %s leaves its record in its folder', async (status, fake, cancels) => {
  await withLoop(fake(), async (loop) => {
    const run = await loop.startRun({ name: `kept-${status}` });
    if (cancels) {
      await until(() => loop.sageMaker.jobOf('train') !== undefined);
      await run.cancel();
    }
    await run.result().catch(() => undefined);
    const before = await show(loop, run.workflowId);
    expect(before).toMatchObject({ status });
    expect(before.readFrom).toBeUndefined();
    const record = before.artifacts['spec']!.replace('spec.json', 'run.json');
    expect(loop.sageMaker.s3.json(record)).toMatchObject(JSON.parse(JSON.stringify(before)) as object);
  });
});

test('a run that Temporal has forgotten is shown as it was, by its workflow id and by its name, and listed', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const name = 'kept-and-forgotten';
    const run = await loop.startRun({ name });
    const before = await run.result();
    await forgotten(loop, run);

    const after = await show(loop, run.workflowId);

    expect(after).toEqual({ ...before, readFrom: expect.stringMatching(/\/run\.json$/) as string });
    expect(await show(loop, name)).toEqual(after);
    const listed = await listAll(loop.client, () => '', recordsOf(loop), { name });
    expect(listed).toMatchObject([{ workflowId: run.workflowId, status: 'done', readFrom: after.readFrom }]);
  });
});

test('reports, comparisons and watching work on what a forgotten run has left', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const run = await loop.startRun({ deploy: false });
    await run.result();
    await forgotten(loop, run);
    const records = recordsOf(loop);

    const page = await report(
      { s3: records.s3 },
      await show(loop, run.workflowId),
      join(mkdtempSync(join(tmpdir(), 'report-')), 'report.html'),
    );
    expect(page.report.summary).toBeDefined();
    const { a, spec } = await compare(
      toldByTemporal(loop.client, () => '', records),
      run.workflowId,
      run.workflowId,
    );
    expect(a).toMatchObject({ status: 'done' });
    expect(spec).toEqual([]);
    const ends: Progress[] = [];
    for await (const event of watch(loop.client, () => loop.sageMaker.clients['logs'], records, run.workflowId))
      if (event.type === 'end') ends.push(event.progress);
    expect(ends).toMatchObject([{ status: 'done', workflowId: run.workflowId }]);
  });
});

test('a record that cannot be written changes no outcome, and a run that nobody knows is told as such', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async (loop) => {
    const send = sageMaker.s3.send.bind(sageMaker.s3);
    sageMaker.s3.send = ((command: { input: { Key?: string } }) =>
      command.input.Key?.endsWith('run.json')
        ? Promise.reject(awsError('AccessDenied', 'no', 403))
        : send(command as never)) as never;
    const run = await loop.startRun({ deploy: false });

    expect(await run.result()).toMatchObject({
      status: 'done',
      notices: [expect.stringContaining('record of the run could not be written')],
    });
    await expect(show(loop, 'nobody')).rejects.toMatchObject({ type: 'RunNotFound' });
  });
});

test('what Temporal has forgotten is not told as unknown to those who would act on it', async () => {
  await withLoop(new FakeSageMaker().withEndings('train', { status: 'Failed', failureReason: 'no' }), async (loop) => {
    const run = await loop.startRun();
    await run.result().catch(() => undefined);
    await forgotten(loop, run);
    const act = (id: string) =>
      unlessForgotten(recordsOf(loop), id, () => retryRun(loop.client, (workflowId) => workflowId, id));

    await expect(act(run.workflowId)).rejects.toMatchObject({
      type: 'InvalidRequest',
      message: `${run.workflowId} ended failed, and its history is no longer kept: Temporal has forgotten it, so nothing more can come of it`,
      mend: expect.stringMatching(/^submit its spec again: .* s3:.*spec\.json$/) as string,
    });
    await expect(act('nobody')).rejects.toMatchObject({ type: 'RunNotFound' });
  });
});

test('while Temporal does not answer, what S3 has is told as perhaps old, and what it lacks is the silence', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const run = await loop.startRun({ name: 'told-in-silence' });
    const before = await run.result();
    const silence = new AttuneError('NoServer', 'no Temporal server answers');
    const told = toldByRecords(recordsOf(loop), silence);

    const after = await told.progress(run.workflowId);
    expect(after).toEqual({ ...before, readFrom: after.readFrom, mayBeOld: true });
    expect(await told.list({ name: 'told-in-silence' })).toMatchObject([{ status: 'done', mayBeOld: true }]);
    expect(await compare(told, run.workflowId, run.workflowId)).toMatchObject({ spec: [] });
    for (const lacking of [told.progress('nobody'), told.list({ running: true })])
      await expect(lacking).rejects.toBe(silence);
  });
});
