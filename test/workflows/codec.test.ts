/**
 * The example of an encrypting codec over a whole run: what Temporal stores of it, and who can read it.
 */
import { Client } from '@temporalio/client';
import { RawValue } from '@temporalio/common';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configuredDataConverter } from '../../src/client/dataConverter.js';
import { compare } from '../../src/client/runs/compare.js';
import { toldByTemporal } from '../../src/client/runs/told.js';
import { approveRun } from '../../src/client/runs/decide.js';
import { progressOf } from '../../src/client/runs/progress.js';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { jobWorkflowId } from '../../src/run/ids.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { recordsOf, untilListed, untilProgress, withLoop } from '../support/loop.js';

const example = join(projectRoot, 'examples', 'encryption');
const ATTUNE_DATA_CONVERTER = join(example, 'codec.cjs');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-codec-'));
  writeFileSync(join(folder, 'key'), randomBytes(32).toString('base64'));
  process.env['ATTUNE_CODEC_KEY_FILE'] = join(folder, 'key');
});
afterAll(() => {
  delete process.env['ATTUNE_CODEC_KEY_FILE'];
  rmSync(folder, { recursive: true });
});

/** Every byte string of a history, as text: payloads are base64 in its JSON. */
async function storedOf(client: Client, workflowId: string): Promise<{ text: string; payload: object }> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: 'default',
    execution: { workflowId },
  });
  const texts: string[] = [];
  const walk = (value: unknown, key = ''): void => {
    if (value instanceof Uint8Array) texts.push(Buffer.from(value).toString('latin1'));
    else if (typeof value === 'string') texts.push(value);
    // What is searched for has to be plain; it is listed in the example's README.
    else if (value && typeof value === 'object' && key !== 'searchAttributes')
      for (const [name, inner] of Object.entries(value)) walk(inner, name);
  };
  walk(history?.events ?? []);
  const payload = history!.events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads![0]!;
  return { text: texts.join('\n'), payload };
}

test('a whole run is stored encrypted; with the codec it is shown, listed, approved and compared, without it that is said', async () => {
  const dataConverter = await configuredDataConverter({ ATTUNE_DATA_CONVERTER });
  const secret = 'the-word-of-the-reviewer';
  await withLoop(
    new FakeSageMaker(),
    async ({ client, startRun, sageMaker }) => {
      const run = await startRun({ deploy: { approval: 'required' } });
      await untilProgress(run, ({ status }) => status === 'waitingForApproval');
      await approveRun(client, run.workflowId, { by: 'R. Imai', reason: secret });
      const { status, name } = await run.result();
      expect(status).toBe('done');

      const { text, payload } = await storedOf(client, run.workflowId);
      expect(text).toContain('fineTune');
      for (const plain of ['s3://test-bucket', 'ml.m5.xlarge', 'R. Imai', secret, 'ndcg@10'])
        expect(text).not.toContain(plain);

      expect((await progressOf(client, run.workflowId)).approval).toMatchObject({ reason: secret });
      expect(await untilListed(client, name, 1)).toMatchObject([{ workflowId: run.workflowId }]);
      expect(
        (
          await compare(
            toldByTemporal(client, () => '', recordsOf({ sageMaker })),
            run.workflowId,
            run.workflowId,
          )
        ).spec,
      ).toEqual([]);

      const without = new Client({ connection: client.connection, dataConverter: await configuredDataConverter({}) });
      await expect(progressOf(without, run.workflowId)).rejects.toMatchObject({
        type: 'NotConfigured',
        message: expect.stringMatching(/encoded \(binary\/encrypted\), and no data converter/) as string,
        mend: expect.stringContaining('ATTUNE_DATA_CONVERTER') as string,
      });
      await checkServer(payload);
    },
    { dataConverter },
  );
});

test('what a failed run says is stored encrypted, and shown to whoever has the codec', async () => {
  const dataConverter = await configuredDataConverter({ ATTUNE_DATA_CONVERTER });
  const failureReason = 'AlgorithmError: line 7 reads the-word-of-the-document';
  await withLoop(
    new FakeSageMaker().withEndings('train', { status: 'Failed', failureReason }),
    async ({ client, startRun }) => {
      const run = await startRun();
      await expect(run.result()).rejects.toThrow();

      const { status, failure, jobs } = await progressOf(client, run.workflowId);
      expect(status).toBe('failed');
      expect(failure?.message).toContain('the-word-of-the-document');

      expect(jobs.map(({ stage }) => stage)).toContain('train');
      for (const workflowId of [run.workflowId, ...jobs.map(({ name }) => jobWorkflowId(name))])
        expect((await storedOf(client, workflowId)).text, workflowId).not.toMatch(/the-word-of-the-document|Next:/);
    },
    { dataConverter },
  );
});

test('what was encoded with another key, or is forged, is ignored by workers that have the codec', async () => {
  const dataConverter = await configuredDataConverter({ ATTUNE_DATA_CONVERTER });
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  await withLoop(
    sageMaker,
    async ({ client, startRun }) => {
      const run = await startRun({ deploy: false });
      await untilProgress(run, ({ jobs }) => jobs.some(({ stage, arn }) => stage === 'train' && arn !== ''));
      const { payload } = (await storedOf(client, run.workflowId)) as {
        payload: { metadata: object; data: Uint8Array };
      };
      const wrapped = randomBytes(60);
      const plain = new Client({ connection: client.connection });
      for (const forged of [
        { ...payload, data: payload.data.map((byte) => byte ^ 1) },
        { ...payload, data: undefined },
        { ...payload, metadata: { ...payload.metadata, 'encryption-data-key': wrapped } },
        { ...payload, metadata: { encoding: Buffer.from('binary/encrypted') } },
      ])
        for (const workflowId of [run.workflowId, jobWorkflowId(sageMaker.jobOf('train')!.name)])
          for (const signal of ['jobReport', 'jobStateChanged'])
            await plain.workflow.getHandle(workflowId).signal(signal, RawValue.fromPayload(forged as never));
      await sageMaker.end(sageMaker.jobOf('train')!.name);

      expect(await run.result()).toMatchObject({ status: 'done' });
    },
    { dataConverter },
  );
});

/** The codec server decodes for whoever has its token, and lets the UI's origin alone ask from a browser. */
async function checkServer({ metadata, data }: { metadata?: Record<string, Uint8Array>; data?: Uint8Array }) {
  const env = { ...process.env, ATTUNE_CODEC_TOKEN: 'a-token', ATTUNE_CODEC_UI: 'http://ui.test', PORT: '0' };
  const server = spawn(process.execPath, [join(example, 'server.mjs')], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    const [said] = (await once(server.stderr.setEncoding('utf8'), 'data')) as [string];
    const url = /http:\S+/.exec(said)![0];
    const base64 = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('base64');
    const names = Object.entries(metadata ?? {}).map(([key, value]) => [key, base64(value)]);
    const ask = (token: string) =>
      fetch(`${url}/decode`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}` },
        body: JSON.stringify({ payloads: [{ metadata: Object.fromEntries(names) as object, data: base64(data) }] }),
      });

    const refused = await ask('another');
    expect(refused.status).toBe(401);
    const reply = await ask('a-token');
    expect(reply.headers.get('access-control-allow-origin')).toBe('http://ui.test');
    const { payloads } = (await reply.json()) as { payloads: { data: string }[] };
    expect(JSON.parse(Buffer.from(payloads[0]!.data, 'base64').toString())).toMatchObject({
      data: { pairs: 's3://test-bucket/pairs.jsonl' },
    });
  } finally {
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
  }
}

test.each([
  ['that is not there', 'nowhere.cjs', /Cannot find module/],
  ['without codecs', join(example, 'keys.cjs'), /exports neither payloadCodecs/],
])('a data converter %s is refused in words', async (_what, path, words) => {
  await expect(configuredDataConverter({ ATTUNE_DATA_CONVERTER: path })).rejects.toMatchObject({
    type: 'NotConfigured',
    message: expect.stringMatching(words) as string,
  });
});
