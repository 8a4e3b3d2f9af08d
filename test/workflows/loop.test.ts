import { expect, test } from 'vitest';
import { progress } from '../../src/run/messages.js';
import { attuneStage } from '../../src/run/searchAttributes.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { untilProgress, withLoop } from '../support/loop.js';

test('a run goes from a spec to a verified endpoint, and says where everything lies', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const run = await startRun();

    const result = await run.result();

    expect(result).toMatchObject({ status: 'done', stage: 'done', decision: 'passed', stopped: [] });
    expect(result.jobs.map(({ stage, kind, status }) => [stage, kind, status])).toEqual([
      ['prepare', 'processing', 'Completed'],
      ['train', 'training', 'Completed'],
      ['evaluate', 'processing', 'Completed'],
    ]);
    expect(sageMaker.endpoints()).toEqual([
      { name: result.name, status: 'InService', configName: result.endpoint!.configName },
    ]);
    expect(result.endpoint!.parityMinCosine).toBeCloseTo(1);
    expect(Object.keys(result.artifacts).sort()).toEqual(
      ['data', 'dataReport', 'manifest', 'model', 'package', 'report', 'reportHtml', 'spec', 'verification'].sort(),
    );
    for (const file of ['spec', 'package', 'manifest', 'verification']) {
      expect(sageMaker.s3.objects.has(result.artifacts[file]!), file).toBe(true);
    }
  });
});

test('the timeline tells how late each end was seen and how soon the next stage called AWS', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun }) => {
    const run = await startRun();

    const { timeline } = await run.result();

    const stages = ['preflight', 'prepare', 'train', 'evaluate', 'gate', 'package', 'deploy', 'verify'];
    expect(timeline.map(({ stage }) => stage)).toEqual(stages);
    for (const stage of timeline.filter(({ stage }) => ['prepare', 'train', 'evaluate'].includes(stage))) {
      expect(stage.detectionMs, stage.stage).toBeGreaterThanOrEqual(0);
      expect(stage.dispatchMs, stage.stage).toBeGreaterThanOrEqual(0);
      expect(stage.dispatchMs, stage.stage).toBeLessThan(20_000);
    }
    expect(timeline.every(({ endedAt }) => endedAt !== undefined)).toBe(true);
  });
});

test('the result is still told when the run is over', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun }) => {
    const run = await startRun();
    const result = await run.result();

    expect(await run.query(progress)).toEqual(result);
  });
});

test('a spec without deployment ends with a package and no endpoint', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const run = await startRun({ deploy: false });

    const result = await run.result();

    expect(result).toMatchObject({ status: 'done', stage: 'done' });
    expect(result.endpoint).toBeUndefined();
    expect(result.artifacts.package).toMatch(/package\/[0-9a-f]{16}\/model\.tar\.gz$/);
    expect(sageMaker.endpoints()).toEqual([]);
  });
});

test('a candidate without a certain gain is rejected, and nothing is deployed', async () => {
  const sageMaker = new FakeSageMaker().withEvaluation({ overBase: [-0.01, 0.02, 0.05] });
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun();

    const result = await run.result();

    expect(result).toMatchObject({ status: 'rejected', decision: 'rejected' });
    expect(result.reasons.join()).toContain('does not lie above 0');
    expect(sageMaker.s3.objects.get(result.artifacts.reportHtml!)!.toString()).toContain('<b>Rejected</b>');
    const { typedSearchAttributes } = await run.describe();
    expect(typedSearchAttributes.get(attuneStage)).toBe('rejected');
    expect(sageMaker.endpoints()).toEqual([]);
    expect(sageMaker.modelNames()).toEqual([]);
  });
});

test('a spec with faults fails at once, lists each of them, and nothing is started', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const run = await startRun({ name: 'Not A Name', train: { epochs: 0 }, gate: { confidence: 2 } });

    await expect(run.result()).rejects.toMatchObject({
      cause: {
        type: 'SpecRefused',
        details: [
          expect.arrayContaining(
            ['name', 'train.epochs', 'gate.confidence'].map((field) => expect.objectContaining({ field })),
          ),
        ],
      },
    });
    expect(sageMaker.calls).toEqual([]);
    expect(await run.query(progress)).toMatchObject({
      status: 'failed',
      failure: { type: 'SpecRefused', message: expect.stringContaining('train.epochs') },
    });
  });
});

test('what cannot be read at all is refused like any other spec', async () => {
  await withLoop(new FakeSageMaker(), async ({ start }) => {
    for (const nonsense of [null, 'text', 7, []]) {
      const run = await start('fineTune', [nonsense] as never);
      await expect(run.result()).rejects.toMatchObject({ cause: { type: 'SpecRefused' } });
    }
  });
});

test('local files and missing objects are refused before anything is paid for', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const local = await startRun({ data: { pairs: './pairs.jsonl' } });
    const missing = await startRun({ data: { pairs: 's3://test-bucket/nothing.jsonl' } });

    await expect(local.result()).rejects.toMatchObject({ cause: { type: 'SpecRefused' } });
    await expect(missing.result()).rejects.toMatchObject({
      cause: { type: 'SpecRefused', message: expect.stringContaining('s3://test-bucket/nothing.jsonl') },
    });
    expect(sageMaker.jobs()).toEqual([]);
  });
});

test('a job that fails by its own fault ends the run with its reason; the end of its log lies in S3, and no line of it in a history', async () => {
  const sageMaker = new FakeSageMaker().withEndings('train', {
    status: 'Failed',
    failureReason: 'AlgorithmError: the loss is not a number, exit code: 2',
  });
  await withLoop(sageMaker, async ({ client, startRun }) => {
    const run = await startRun();

    const failure = await run.result().catch((error: { cause: { type: string; message: string } }) => error.cause);

    expect(failure).toMatchObject({ type: 'JobFailed' });
    const [, failed] = sageMaker.jobs();
    expect(sageMaker.jobs().map(({ stage }) => stage)).toEqual(['prepare', 'train']);
    const kept = [...sageMaker.s3.objects.keys()].find((uri) => uri.endsWith(`/logs/${failed!.name}.txt`))!;
    expect(sageMaker.s3.objects.get(kept)?.toString()).toContain('last line of the log');
    expect((failure as { message: string }).message).toContain(`loss is not a number`);
    expect((failure as { message: string }).message).toContain(kept);
    for (const id of [run.workflowId, `job/${failed!.name}`]) {
      const history = await client.workflow.getHandle(id).fetchHistory();
      expect(decoded(history), id).toContain('"failureReason":"AlgorithmError: the loss');
      expect(decoded(history), id).not.toContain('of the log');
    }
  });
});

test('a job that the platform lost is started again under another name', async () => {
  const sageMaker = new FakeSageMaker().withEndings('train', {
    status: 'Failed',
    failureReason: 'InternalServerError: We encountered an internal error.',
  });
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun();

    const result = await run.result();

    expect(result.status).toBe('done');
    const trained = sageMaker.jobs().filter(({ stage }) => stage === 'train');
    expect(trained.map(({ status }) => status)).toEqual(['Failed', 'Completed']);
    expect(new Set(trained.map(({ name }) => name)).size).toBe(2);
    expect(result.notices.join()).toContain('InternalServerError');
  });
});

test('a job that somebody else stopped is a failure, not a success', async () => {
  await withLoop(new FakeSageMaker().withJobsThatNeverEnd('train'), async ({ startRun, sageMaker }) => {
    const run = await startRun();
    await untilProgress(run, ({ jobs }) => jobs.some(({ stage, arn }) => stage === 'train' && arn !== ''));

    await sageMaker.end(sageMaker.jobOf('train')!.name, { status: 'Stopped' });

    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'JobStopped' } });
  });
});

test('every resource carries the run, the stage, the digest of its request and the tags of the spec', async () => {
  await withLoop(new FakeSageMaker(), async ({ startRun, sageMaker }) => {
    const run = await startRun({ tags: { team: 'search' } });
    const { name, jobs } = await run.result();

    const arns = [...jobs.map(({ arn }) => arn), `arn:aws:sagemaker:us-east-1:000000000000:endpoint/${name}`];
    for (const arn of arns) {
      expect(sageMaker.tagsOf(arn), arn).toMatchObject({
        'attune:workflow': run.workflowId,
        'attune:namespace': 'default',
        'attune:run': run.firstExecutionRunId.slice(-8),
        'attune:run-id': run.firstExecutionRunId,
        'attune:name': name,
        'attune:bucket': 'test-bucket',
        'attune:stage': expect.any(String),
        'attune:request-hash': expect.stringMatching(/^[0-9a-f]{64}$/),
        team: 'search',
      });
    }
  });
});

/** A history with the content of its payloads as text. */
const decoded = (history: object): string =>
  JSON.stringify(history).replace(/"data":"([^"]*)"/g, (_, data: string) => Buffer.from(data, 'base64').toString());
