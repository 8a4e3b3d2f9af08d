/**
 * Going on with a run, and looking at one that Temporal does not tell of, as processes over real servers.
 * @module
 */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { QueryAnswer, WatchEvent } from '../../src/client/index.js';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { filesOf, folderIn } from '../../src/run/files.js';
import type { Progress } from '../../src/run/progress.js';
import { parseS3Uri } from '../../src/spec/sources.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import { until, type Run } from '../support/loop.js';

let instant: InstantStack;

beforeAll(async () => {
  instant = await startInstantStack({ jobMs: 500 });
});
afterAll(() => instant.stop());

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function attune(args: string[], changes: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const env = { ...process.env, ...instant.stack.environment, ...changes };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(projectRoot, 'dist', 'cli', 'main.js'), ...args],
      { env },
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

const linesOf = ({ stdout }: Ended): unknown[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

const failsInTraining = (name: string) =>
  instant.faults.add([
    { fault: 'end', name: `${name}.*train`, status: 'Failed', failureReason: 'AlgorithmError: out of luck' },
  ]);

/** What Temporal does when the retention is over. */
async function forget({ workflowId }: Run): Promise<void> {
  const { client } = instant;
  const { namespace } = client.options;
  await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
  const known = () => client.workflow.getHandle(workflowId).describe();
  await until(() =>
    known().then(
      () => false,
      () => true,
    ),
  );
}

test('a run whose training failed goes on from there, and what it had is not paid for again', async () => {
  await failsInTraining('mended');
  const run = await instant.startRun({ name: 'mended' });
  expect(await attune(['watch', run.workflowId])).toMatchObject({ code: 1 });

  const wrong = await attune(['retry', run.workflowId, '--from', 'deploy']);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toContain('never came to stage deploy');
  expect((await attune(['retry', run.workflowId, '--from', 'trian'])).code).toBe(2);

  const before = await instant.calls();
  const retried = await attune(['retry', run.workflowId, '--watch', '--json']);

  expect(retried.code, retried.stderr).toBe(0);
  const [goesOn, ...events] = linesOf(retried) as [object, ...WatchEvent[]];
  expect(goesOn).toMatchObject({ workflowId: run.workflowId, from: 'train' });
  expect(events.at(-1)).toMatchObject({ type: 'end', status: 'done' });
  const after = await instant.calls();
  const made = (operation: string): number => (after[operation] ?? 0) - (before[operation] ?? 0);
  // One training; of the processing jobs the evaluation alone.
  expect([made('CreateTrainingJob'), made('CreateProcessingJob')]).toEqual([1, 1]);

  const again = await attune(['retry', run.workflowId]);
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toContain('is done: there is nothing to continue');
});

test('what Temporal has forgotten is shown, reported and asked from what lies in S3', async () => {
  const run = await instant.startRun({ name: 'forgotten' });
  const { status, endpoint, ...before } = await run.result();
  await putCorpus(before);
  await forget(run);

  const shown = await attune(['show', run.workflowId]);
  expect(shown).toMatchObject({ code: 0 });
  expect(shown.stdout).toMatch(/from s3:\/\/\S+\/run\.json: Temporal has forgotten the run/);
  const [told] = linesOf(await attune(['show', 'forgotten', '--json']));
  expect(told).toMatchObject({ status, endpoint, readFrom: expect.stringMatching(/run\.json$/) as string });

  for (const [verb, ...more] of [['retry'], ['approve', '--by', 'R. Imai']]) {
    const refused = await attune([verb!, run.workflowId, ...more]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('ended done, and its history is no longer kept');
  }

  const page = join(instant.stateDir, 'report.html');
  expect(await attune(['report', run.workflowId, '--out', page])).toMatchObject({ code: 0, stdout: `${page}\n` });

  const [answer] = linesOf(await attune(['query', run.workflowId, 'one', '--json'])) as [QueryAnswer];
  expect(answer.tuned).toMatchObject({ hits: [{ rank: 1, id: 'd1', text: 'd' }] });
});

test('while no Temporal server answers, runs that ended are told from S3 as perhaps old, and scripts hear of it', async () => {
  const run = await instant.startRun({ name: 'in-silence', deploy: false });
  await run.result();
  const silent = (...args: string[]) => attune(args, { TEMPORAL_ADDRESS: '127.0.0.1:1' });

  const shown = await silent('show', 'in-silence', '--json');
  expect(shown).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no Temporal server answers at 127.0.0.1:1') as string,
  });
  expect(linesOf(shown)).toMatchObject([{ workflowId: run.workflowId, status: 'done', mayBeOld: true }]);
  expect((await silent('show', 'in-silence')).stdout).toContain('Temporal does not answer, so this may be old');
  expect((await silent('list')).stdout).toContain(run.workflowId);
  const page = join(instant.stateDir, 'silent.html');
  expect(await silent('report', 'in-silence', '--out', page)).toMatchObject({ code: 1, stdout: `${page}\n` });

  for (const nothing of [await silent('show', 'nobody'), await silent('list', '--running')])
    expect(nothing).toMatchObject({ code: 1, stdout: '' });
});

/** Vectors of the corpus: ready jobs leave none. */
async function putCorpus({ artifacts }: Pick<Progress, 'artifacts'>): Promise<void> {
  const files = filesOf({ folder: folderIn({ artifacts })! });
  const vectors = npyOf([0.6, 0.8, 0, 1]);
  const contents = { [files.corpusIds]: '["d1"]', [files.corpusBase]: vectors, [files.corpusCandidate]: vectors };
  for (const [uri, Body] of Object.entries(contents)) {
    const { bucket: Bucket, key: Key } = parseS3Uri(uri)!;
    await instant.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  }
}

/** One row, as NumPy writes float32. */
function npyOf(row: number[]): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (1, ${row.length}), }\n`;
  const start = Buffer.alloc(10);
  start.write('\x93NUMPY\x01\x00', 'latin1');
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header, 'latin1'), Buffer.from(Float32Array.from(row).buffer)]);
}
