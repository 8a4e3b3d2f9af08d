/** `attune init`: what it writes of the data that lie there passes the prepare job, and leaves the gate something to decide on. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../../src/dev/toolchain/places.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-init-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const attune = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(projectRoot, 'dist', 'cli', 'main.js'), ...args], {
    cwd: folder,
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
  });
const written = (): unknown => parse(readFileSync(join(folder, 'attune.yaml'), 'utf8'));

/** Each word stands in one row only, so that no two rows are alike. */
const wordsOf = (n: number): string => [...Array(20).keys()].map((i) => `w${n}x${i}`).join(' ');
const csv = (rows: number): string =>
  `question,answer\n${[...Array(rows).keys()].map((n) => `what is ${n} about,${wordsOf(n)}\n`).join('')}`;

test('rows under names of their own, too few for a tenth to be a hundred: more of them are the test', async () => {
  writeFileSync(join(folder, 'faq.csv'), csv(600));

  const { stdout, stderr } = await attune('init');

  expect(stdout.trim()).toBe(join(folder, 'attune.yaml'));
  expect(written()).toEqual({
    apiVersion: 'attune/v1',
    name: 'my-search',
    data: { pairs: './faq.csv', columns: { query: 'question', document: 'answer' }, split: { test: 0.2 } },
  });
  expect(stderr).toMatch(/Questions: \d+ to train on, \d+ to choose the weights by, 1\d\d to test on/);
  expect(stderr).toContain('next: attune submit attune.yaml --watch');
  await attune('validate', 'attune.yaml');
}, 60_000);

test('too few for any split: the gate asks for what there is, and it is said what that tells', async () => {
  writeFileSync(join(folder, 'faq.csv'), csv(250));

  const { stderr } = await attune('init');

  expect(written()).toMatchObject({ data: { split: { test: 0.3 } } });
  const { gate } = written() as { gate: { minQuestions: number } };
  expect(gate.minQuestions).toBeGreaterThan(50);
  expect(stderr).toContain(`with ${gate.minQuestions} test questions`);
}, 60_000);

test('documents alone: headings decide, on record; data that no run can use are told in the words of the job', async () => {
  mkdirSync(join(folder, 'docs'));
  for (let n = 0; n < 400; n += 1)
    writeFileSync(join(folder, 'docs', `${n}.md`), `# Page about ${wordsOf(n).slice(0, 20)}\n\n${wordsOf(n)}\n`);

  await attune('init');

  expect(written()).toMatchObject({ data: { documents: './docs/' }, gate: { evidence: 'headings' } });

  writeFileSync(join(folder, 'few.csv'), csv(12));
  const { stderr } = await attune('init', '--data', 'few.csv', '--force');
  expect(stderr).toMatch(/training pairs are left .* expected at least 100/);
  expect(stderr).toContain('next: fix the data, then attune data attune.yaml');
}, 120_000);

test('a path that holds no data is named, and nothing is written', async () => {
  writeFileSync(join(folder, 'prices.csv'), 'name,price\nx,3\n');

  for (const path of ['prices.csv', 'nowhere']) {
    const refused = attune('init', '--data', path);
    await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(`--data ${path}`) });
  }
  expect(() => written()).toThrow('ENOENT');
});
