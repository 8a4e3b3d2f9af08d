/** `attune data`: the prepare job's own checks on this machine, over the real job and a real S3 server. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { checkData } from '../../src/client/inputs/dataCheck.js';
import { startS3 } from '../unit/client/s3Server.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-verb-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Each word stands in one row only, so that no two rows are alike. */
const wordsOf = (n: number): string => [...Array(20).keys()].map((i) => `w${n}x${i}`).join(' ');
const rows = (count: number): string =>
  [...Array(count).keys()]
    .map(
      (n) => `${JSON.stringify({ query: `what is ${n} about`, document: wordsOf(n), negative: wordsOf(n + 5000) })}\n`,
    )
    .join('');
const env = () => ({ ...process.env, HF_HUB_OFFLINE: '1' });
const specOf = (pairs: string | string[]) => ({ apiVersion: 'attune/v1', name: 'a', data: { pairs } });

test('says what the job would make of the data, and how small a gain the gate would see', async () => {
  // Temporary folders of its own: others' come and go while it looks.
  mkdirSync(join(folder, 'temporary'));
  vi.stubEnv('TMPDIR', join(folder, 'temporary'));
  writeFileSync(join(folder, 'pairs.jsonl'), rows(300));
  const said: string[] = [];

  const checked = await checkData(
    { ...specOf('./pairs.jsonl'), gate: { minQuestions: 20 } },
    { cwd: folder, onProgress: (line) => said.push(line) },
    env(),
  );

  if (!checked.ok || !('report' in checked)) throw new Error(JSON.stringify(checked));
  const { counts } = checked.report;
  expect(counts['train']!.pairs! + counts['dev']!.pairs! + counts['test']!.pairs!).toBe(300);
  expect(counts['train']!.withNegatives).toBe(counts['train']!.pairs);
  expect(checked.gate).toMatchObject({ questions: counts['test']!.questions, minQuestions: 20 });
  expect(checked.gate.smallestGain!.low).toBeGreaterThan(0.05);
  expect(said.join('\n')).toContain('no leak found');
  expect(readdirSync(join(folder, 'temporary'))).toEqual([]);
}, 60_000);

test('where a language model is to write the questions, it says about what, and for how much', async () => {
  mkdirSync(join(folder, 'docs'));
  for (let n = 0; n < 30; n += 1) writeFileSync(join(folder, 'docs', `${n}.md`), `# Page ${n}\n\n${wordsOf(n)}\n`);
  writeFileSync(join(folder, 'docs', 'short.md'), '# Short\n\ntwo words\n');
  const questions = { model: 'bedrock:amazon.nova-lite-v1:0', most: 20, perPassage: 3, price: { input: 1, output: 1 } };
  const data = { documents: './docs', questions };

  const checked = await checkData({ apiVersion: 'attune/v1', name: 'a', data }, { cwd: folder }, env());

  if (!checked.ok || !('asks' in checked)) throw new Error(JSON.stringify(checked));
  const { asks } = checked;
  expect(asks).toMatchObject({ passages: 20, of: 30, documents: 20, ofDocuments: 30, questions: 60 });
  expect(asks.usd).toBeCloseTo((asks.tokens.inputTokens + asks.tokens.outputTokens) / 1e6);
  expect(asks.setAside.map(({ reason }) => reason)).toContain('sections have fewer than 6 words');
  expect(asks.warnings.join()).toContain('will be unproven');
}, 60_000);

test('data that the job would refuse are refused in its words', async () => {
  writeFileSync(join(folder, 'pairs.jsonl'), rows(40));

  expect(await checkData(specOf('./pairs.jsonl'), { cwd: folder }, env())).toEqual({
    ok: false,
    refused: expect.stringMatching(/^\d+ training pairs are left .* expected at least 100/) as string,
  });
}, 60_000);

test('a fault beyond the rows that validate looks at is found, with its line', async () => {
  writeFileSync(join(folder, 'pairs.jsonl'), `${rows(1200)}{"query": 7, "document": "d"}\n`);

  expect(await checkData(specOf('./pairs.jsonl'), { cwd: folder }, env())).toMatchObject({
    refused: expect.stringContaining('pairs.jsonl:1201: "query" is int (7), expected a text') as string,
  });
}, 60_000);

test('several sources, here and in S3, are read together', async () => {
  const { s3, bucket, environment, stop } = await startS3();
  // The SDK reads the process's own.
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  try {
    const part = (from: number, to: number): string => rows(to).split('\n').slice(from, to).join('\n');
    mkdirSync(join(folder, 'parts'));
    writeFileSync(join(folder, 'parts', 'part-0.json'), part(0, 150));
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'more/part-1.json', Body: part(150, 300) }));

    const checked = await checkData(specOf(['./parts', `s3://${bucket}/more/`]), { cwd: folder }, env());

    expect(checked).toMatchObject({
      ok: true,
      report: { read: { rows: 300 }, inputs: [{ name: 'pairs/part-0.json' }, { name: 'pairs-2/part-1.json' }] },
    });
  } finally {
    await stop();
  }
}, 60_000);
