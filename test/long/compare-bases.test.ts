/**
 * Bases compared on the command line, by real jobs on a stack on this machine: a static model of a folder, and one of the hub.
 * @module
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findTool, projectRoot } from '../../src/dev/toolchain/findTool.js';
import type { ComparedBases } from '../../src/run/progress.js';
import { startOwnStack, type OwnStack } from '../support/ownStack.js';

const folder = mkdtempSync(join(tmpdir(), 'attune-bases-'));
const HUB = 'sentence-transformers/all-MiniLM-L6-v2';
let own: OwnStack | undefined;

const attune: OwnStack['attune'] = (...args) => own!.attune(...args);

beforeAll(async () => {
  await promisify(execFile)(findTool('python'), [
    join(projectRoot, 'test', 'support', 'small_domain.py'),
    join(folder, 'domain'),
  ]);
  const spec = {
    apiVersion: 'attune/v1',
    name: 'which-base',
    data: { pairs: './domain/pairs.jsonl' },
    train: { epochs: 5, maxSeqLength: 32 },
    tune: { trials: 2 },
    compute: { evaluate: { instanceType: 'ml.m5.xlarge' } },
  };
  writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec));
  own = await startOwnStack(folder);
});

afterAll(async () => {
  await own?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('a table with intervals and sizes, and a page of all of them', async () => {
  const bases = `./domain/base,${HUB}`;

  const { stdout } = await attune('evaluate', 'spec.json', '--bases', bases, '--json');

  const compared = JSON.parse(stdout) as ComparedBases & { workflowId: string; status: string };
  expect(compared).toMatchObject({ status: 'done', metric: 'ndcg@10' });
  const models = Object.fromEntries(compared.models.map((model) => [model.name, model]));
  // BM25 finds nothing for most of these questions, so it is no row.
  expect(Object.keys(models)).toHaveLength(2);
  expect(models[HUB]!.size).toEqual({ dimensions: 384, parameters: 22_713_216, maxSeqLength: 32 });
  const [own] = compared.models.filter(({ size }) => size?.dimensions === 32);
  expect(own!.size!.parameters).toBe(29 * 32);
  for (const { metrics } of compared.models) {
    const { low, mean, high } = metrics!['ndcg@10']!;
    expect(low <= mean && mean <= high).toBe(true);
  }
  const means = compared.models.map(({ metrics }) => metrics!['ndcg@10']!.mean);
  expect(means).toEqual(means.toSorted((a, b) => b - a));

  await attune('report', compared.workflowId, '--out', 'page.html');
  const page = readFileSync(join(folder, 'page.html'), 'utf8');
  for (const words of [HUB, '384', '22.7 million', 'BM25']) expect(page).toContain(words);
  const { stdout: shown } = await attune('show', compared.workflowId);
  expect(shown).toContain('22.7 million');
});
