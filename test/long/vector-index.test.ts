/**
 * The index goes with the model, with nothing in between: real jobs embed by the real package, the passages lie in a real PostgreSQL
 * with pgvector, and a question is asked by the command line. Other texts are embedded by the same package, and through its endpoint.
 */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readNpy, type Matrix } from '../../src/aws/npy.js';
import type { IndexStatus, SearchAnswer, StartedRuns } from '../../src/client/index.js';
import type { Progress } from '../../src/run/progress.js';
import { startOwnStack, type OwnStack } from '../support/ownStack.js';
import { vectorDatabase, type VectorDatabase } from '../support/postgres/vectorDatabase.js';
import { uploadSmallDomain } from '../support/smallDomain.js';

const folder = mkdtempSync(join(tmpdir(), 'attune-index-'));
let database: VectorDatabase;
let own: OwnStack;

const attune: OwnStack['attune'] = (...args) => own.attune(...args);

beforeAll(async () => {
  database = await vectorDatabase();
  process.env['ATTUNE_INDEX_URL'] = database.url;
  own = await startOwnStack(folder);
});

afterAll(async () => {
  await own?.stop();
  await database?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('a run ends with every passage in the database, a search finds them, and the index follows what comes later', async () => {
  const { bucket } = own.stack.describe;
  const domain = await uploadSmallDomain(own.s3, bucket, join(folder, 'domain'));
  const spec = join(folder, 'spec.json');
  const instance = { instanceType: 'ml.m5.xlarge' };
  const index = { store: 'pgvector', url: { variable: 'ATTUNE_INDEX_URL' }, table: 'indexed' };
  const settings = { compute: { train: instance, evaluate: instance }, reuse: false, index };
  writeFileSync(spec, JSON.stringify({ apiVersion: 'attune/v1', name: 'indexed', ...domain, ...settings }));

  const submitted = await attune('submit', spec, '--watch', '--json');
  expect(submitted.code, `${submitted.stderr}${submitted.stdout}`.slice(-3000)).toBe(0);
  const run = JSON.parse((await attune('show', 'indexed', '--json')).stdout) as Progress;

  expect(run.jobs.at(-1)).toMatchObject({ stage: 'index', status: 'Completed' });
  expect(run.index).toMatchObject({ name: 'indexed', check: { passed: true } });
  expect(run.index!.documents).toBe(run.index!.of);
  expect(run.index!.check!.ndcg).toBeGreaterThan(0.5);

  const asked = await attune('search', 'indexed', 'anything at all', '-k', '3', '--json');
  expect(asked.code, asked.stderr).toBe(0);
  const answer = JSON.parse(asked.stdout) as SearchAnswer;
  expect(answer).toMatchObject({ index: 'indexed', version: run.index!.version, endpoint: run.endpoint!.name });
  expect(answer.hits).toHaveLength(3);

  const looked = await attune('index', 'status', 'indexed', '--json');
  expect((JSON.parse(looked.stdout) as IndexStatus).pointer!.version.version).toBe(run.index!.version);
  const back = await attune('index', 'rollback', 'indexed');
  expect(back).toMatchObject({ code: 1, stderr: expect.stringContaining('no version served before') });

  const pairs = readFileSync(join(folder, 'domain', 'pairs.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  const fresh = { query: 'what came in late?', document: 'A passage that came in late.' };
  const Body = `${[...pairs, JSON.stringify(fresh)].join('\n')}\n`;
  await own.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'domain/pairs.jsonl', Body }));
  const synced = await attune('index', 'sync', 'indexed', '--json');
  expect(synced.code, synced.stderr).toBe(0);
  const counts = { added: 1, changed: 0, deleted: 0, unchanged: run.index!.documents };
  expect(JSON.parse(synced.stdout)).toEqual({ index: 'indexed', version: run.index!.version, ...counts });
  const found = await attune('search', spec, fresh.document, '-k', '1', '--json');
  expect((JSON.parse(found.stdout) as SearchAnswer).hits[0]).toMatchObject({ text: fresh.document });

  const scheduled = await attune('index', 'sync', spec, '--every', '1h', '--json');
  expect(JSON.parse(scheduled.stdout)).toMatchObject({
    change: 'created',
    schedule: { scheduleId: 'index-sync-indexed', starts: 'syncIndex', every: '1h' },
  });
  const triggered = await attune('schedule', 'trigger', 'index-sync-indexed', '--json');
  expect((JSON.parse(triggered.stdout) as StartedRuns).started).toHaveLength(1);
  expect((await attune('schedule', 'delete', 'index-sync-indexed')).code).toBe(0);

  const built = await attune('index', 'build', spec, '--json');
  expect(built.code, built.stderr).toBe(0);
  const pair = JSON.parse(built.stdout) as Pick<Progress, 'status' | 'index'>;
  expect(pair).toMatchObject({ status: 'done', index: { replaced: run.index!.version, check: { passed: true } } });
  const now = await attune('search', 'indexed', fresh.document, '-k', '1', '--json');
  expect(JSON.parse(now.stdout)).toMatchObject({ version: pair.index!.version, hits: [{ text: fresh.document }] });
  // The address is in nothing that was printed.
  const printed = [submitted, asked, looked, synced, scheduled, built].map(({ stdout, stderr }) => stdout + stderr);
  expect(printed.join()).not.toContain(database.url);
});

test('texts of this machine get the same vectors from the package in a job as from its endpoint, and once', async () => {
  const { bucket } = own.stack.describe;
  const texts = join(folder, 'texts.jsonl');
  const rows = ['how is a model trained', 'what stops a job', 'what stops a job'];
  writeFileSync(texts, rows.map((text, i) => `${JSON.stringify({ id: `t${i}`, text })}\n`).join(''));
  const { endpoint } = JSON.parse((await attune('show', 'indexed', '--json')).stdout) as Progress;
  const embedded = async (name: string, ...by: string[]): Promise<{ told: Told; vectors: Matrix }> => {
    const output = `s3://${bucket}/vectors/${name}/`;
    const ran = await attune('embed', texts, output, '--kind', 'query', '--json', ...by);
    expect(ran.code, ran.stderr.slice(-3000)).toBe(0);
    expect(ran.stderr).toContain('ten minutes of each job at least');
    return { told: JSON.parse(ran.stdout) as Told, vectors: readNpy(await bytesAt(`${output}00000.npy`)) };
  };

  const byJob = await embedded('job', '--model', 'indexed');
  const byEndpoint = await embedded('endpoint', '--endpoint', endpoint!.name);
  const again = await embedded('job', '--model', 'indexed');

  expect(byJob.told).toMatchObject({ status: 'done', documents: 3, of: 3, shards: 1, truncated: 0 });
  expect(byJob.told.manifest).toBe(`s3://${bucket}/vectors/job/manifest.json`);
  expect(byEndpoint.told).toMatchObject({ status: 'done', documents: 3, dimensions: byJob.told.dimensions });
  expect(byJob.vectors).toMatchObject({ rows: 3, columns: byJob.told.dimensions });
  const differences = byJob.vectors.values.map((value, i) => Math.abs(value - byEndpoint.vectors.values[i]!));
  expect(Math.max(...differences)).toBeLessThan(1e-3);
  expect(again.told.cost).toBe(0);

  const refused = await attune('embed', texts, `s3://${bucket}/vectors/none/`, '--endpoint', 'nobody');
  expect(refused).toMatchObject({ code: 2, stdout: expect.stringContaining('endpoint: expected an endpoint') });
});

interface Told {
  status: string;
  documents: number;
  dimensions: number;
  manifest: string;
  cost: number;
}

async function bytesAt(uri: string): Promise<Buffer> {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri)!;
  const { Body } = await own.s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from(await Body!.transformToByteArray());
}
