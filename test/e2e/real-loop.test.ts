/**
 * The loop as a user meets it: the command line, a stack on this machine, real jobs, a real model, a real domain.
 * Small in training only: the questions and passages are those of the demo.
 * @module
 */
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTool, projectRoot } from '../../src/dev/toolchain/findTool.js';
import type { Progress } from '../../src/run/progress.js';
import { startOwnStack, type OwnStack } from '../support/ownStack.js';

const folder = mkdtempSync(join(tmpdir(), 'attune-e2e-'));
const example = join(projectRoot, 'examples', 'aws-api');
let own: OwnStack | undefined;

const attune: OwnStack['attune'] = (...args) => own!.attune(...args);

/** The demo's domain, with a training that takes seconds. */
function writeSpec(): string {
  const path = join(folder, 'spec.json');
  const spec = {
    apiVersion: 'attune/v1',
    name: 'small-loop',
    data: { corpus: './build/corpus.jsonl', queries: './build/queries.jsonl', qrels: './build/qrels' },
    train: { epochs: 1, learningRate: 1e-4, batchSize: 32, maxSeqLength: 32, maxPairs: 320 },
    compute: { train: { instanceType: 'ml.m5.xlarge' }, evaluate: { instanceType: 'ml.m5.xlarge' } },
  };
  writeFileSync(path, JSON.stringify(spec));
  return path;
}

beforeAll(async () => {
  await promisify(execFile)(findTool('python'), [join(example, 'build.py'), '--output', join(folder, 'build')]);
  own = await startOwnStack(folder);
});

afterAll(async () => {
  await own?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a spec submitted on the command line', () => {
  let shown: Progress;

  test('is fitted, judged, deployed and verified, with one job a stage', async () => {
    const submitted = await attune('submit', writeSpec(), '--json', '--watch');

    expect(submitted.code, submitted.stderr.slice(-2000)).toBe(0);
    const events = submitted.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const { workflowId } = events.find((event) => 'workflowId' in event) as { workflowId: string };
    const show = await attune('show', workflowId, '--json');
    shown = JSON.parse(show.stdout) as Progress;
    expect(shown).toMatchObject({
      status: 'done',
      decision: 'passed',
      jobs: [
        { stage: 'prepare', kind: 'processing', status: 'Completed' },
        { stage: 'train', kind: 'training', status: 'Completed' },
        { stage: 'evaluate', kind: 'processing', status: 'Completed' },
      ],
      endpoint: { name: 'small-loop', status: 'InService' },
    });
    expect(shown.comparisons['candidate-base']!.low).toBeGreaterThan(0);
    expect(shown.endpoint!.parityMinCosine).toBeGreaterThan(0.9999);
  });

  test('has an endpoint that gives one vector for each input, in order', async () => {
    const { aws } = own!.stack.describe;
    const runtime = new SageMakerRuntimeClient({
      endpoint: aws.runtime,
      region: aws.region,
      credentials: { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey },
    });
    const embed = async (inputs: string[]): Promise<number[][]> => {
      const { Body } = await runtime.send(
        new InvokeEndpointCommand({
          EndpointName: 'small-loop',
          ContentType: 'application/json',
          Body: JSON.stringify({ inputs, kind: 'query' }),
        }),
      );
      return JSON.parse(Body.transformToString()) as number[][];
    };

    const together = await embed(['stop a job', 'a much longer text about something else altogether', 'stop a job']);
    const [alone] = await embed(['stop a job']);

    expect(together.map((vector) => vector.length)).toEqual([384, 384, 384]);
    expect(together[0]).toEqual(together[2]);
    together[0]!.forEach((value, i) => expect(value).toBeCloseTo(alone![i]!, 4));
    runtime.destroy();
  });

  test('can be asked, and finds passages under base and tuned', async () => {
    const asked = await attune('query', shown.workflowId, 'how do I stop a training run early', '--json');

    expect(asked.code, asked.stderr).toBe(0);
    const { base, tuned } = JSON.parse(asked.stdout) as Record<'base' | 'tuned', { hits: { title: string }[] }>;
    for (const { hits } of [base, tuned]) expect(hits.map(({ title }) => title).join()).toMatch(/TrainingJob/);
  });

  test('has a report that stands alone', async () => {
    const reported = await attune('report', shown.workflowId, '--out', 'report.html');

    expect(reported.code, reported.stderr).toBe(0);
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(page).toMatch(/nDCG@10/);
    expect(page).not.toMatch(/(?:src|href)="https?:/);
  });
});

test('a spec that lacks everything is refused with every fault, exit code 2, and nothing is started', async () => {
  const path = join(folder, 'bad.json');
  writeFileSync(path, JSON.stringify({ apiVersion: 'attune/v2', name: 'Bad Name', data: {}, train: { epochs: 0 } }));

  const refused = await attune('submit', path, '--json');

  expect(refused.code).toBe(2);
  for (const field of ['apiVersion', 'name', 'data', 'train.epochs'])
    expect(refused.stderr + refused.stdout).toContain(field);
  const listed = JSON.parse((await attune('list', '--json')).stdout) as { name: string }[];
  expect(listed.map(({ name }) => name)).not.toContain('Bad Name');
});

test('data that somebody wrote over in the bucket is not trained on', async () => {
  const { bucket } = own!.stack.describe;
  const below = join(folder, 'state', 's3', bucket, 'attune');
  const there = readdirSync(join(below, 'inputs'), { recursive: true, encoding: 'utf8' });
  const place = (name: string) => `inputs/${there.find((path) => path.endsWith(`/${name}`))}`;
  // As another client would leave it: without the checksum of what lay there.
  const queries = readFileSync(join(below, place('queries.jsonl')));
  rmSync(join(below, place('queries.jsonl')));
  writeFileSync(join(below, place('queries.jsonl')), `${queries.toString()}\n`);
  const spec = JSON.parse(readFileSync(writeSpec(), 'utf8')) as object;
  const uri = (name: string) => `s3://${bucket}/attune/${place(name)}`;
  const data = { corpus: uri('corpus.jsonl'), queries: uri('queries.jsonl'), qrels: `${uri('qrels')}/` };
  writeFileSync(join(folder, 'stored.json'), JSON.stringify({ ...spec, name: 'stored', data }));

  const ended = await attune('submit', 'stored.json', '--json', '--watch');

  expect(ended.code).toBe(1);
  expect(ended.stdout).toMatch(/data\.queries: what arrived of .* is not what its name says/);
});
