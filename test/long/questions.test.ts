/**
 * Documents without a question, as a user brings them: a language model writes the questions, and a model is fitted to them. The
 * stack is a real one on this machine, with real jobs; the language model alone is a stand-in, because it is what costs money.
 */
import { Client, Connection } from '@temporalio/client';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import type { Progress } from '../../src/run/progress.js';
import { ModelServer } from '../support/modelServer.js';
import { startOwnStack, type OwnStack } from '../support/ownStack.js';

const folder = mkdtempSync(join(tmpdir(), 'attune-questions-'));
/** Real prose, and not all of it, so that a training takes seconds. */
const PAGES = [
  'cost',
  'data',
  'deployment',
  'documents',
  'endpoint',
  'evaluation',
  'events',
  'operations',
  'retraining',
  'scale',
  'training',
  'tuning',
];
const PASSAGES = 120;
let own: OwnStack;
let model: ModelServer;

const attune: OwnStack['attune'] = (...args) => own.attune(...args);

/** Attempts of asking that ended without a result, by the run's history. */
async function attemptsLost(workflowId: string): Promise<number> {
  const connection = await Connection.connect({ address: own.stack.describe.temporal.address });
  try {
    const { events } = await new Client({ connection }).workflow.getHandle(workflowId).fetchHistory();
    const asking = new Set(
      (events ?? [])
        .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'askQuestions')
        .map(({ eventId }) => String(eventId)),
    );
    return (events ?? [])
      .map(({ activityTaskStartedEventAttributes: started }) => started)
      .filter((started) => asking.has(String(started?.scheduledEventId)))
      .reduce((sum, started) => sum + (started?.attempt ?? 1) - 1, 0);
  } finally {
    await connection.close();
  }
}

/** The words that tell a passage from others, in an order of the model's own. */
function question(passage: string, kind: string): string {
  const words = [...new Set(passage.match(/[A-Za-z]{6,}/g) ?? [])];
  const [rarest = 'this', second = 'it', third = 'that'] = words.sort((a, b) => b.length - a.length);
  return kind === 'keyword'
    ? `${third} ${rarest} ${second}`.toLowerCase()
    : `my ${second} fails, ${third} of ${rarest} (${passage.length})?`;
}

beforeAll(async () => {
  model = await ModelServer.start();
  model.writes = question;
  for (const page of PAGES) cpSync(join(projectRoot, 'docs', `${page}.md`), join(folder, 'docs', `${page}.md`));
  own = await startOwnStack(folder);
});

afterAll(async () => {
  await own?.stop();
  model?.close();
  rmSync(folder, { recursive: true, force: true });
});

function writeSpec(): string {
  const path = join(folder, 'spec.json');
  const questions = { model: 'openai:stand-in', url: model.url, perPassage: 2, most: PASSAGES, parallel: 3 };
  const instance = { instanceType: 'ml.m5.xlarge' };
  const spec = {
    apiVersion: 'attune/v1',
    name: 'own-docs',
    data: { documents: './docs', questions },
    train: { epochs: 1, batchSize: 16, maxSeqLength: 64 },
    compute: { train: instance, evaluate: instance },
    gate: { minQuestions: 1, minGroups: 2 },
    deploy: false,
  };
  writeFileSync(path, JSON.stringify(spec));
  return path;
}

describe('a folder of documents and a language model', () => {
  let run: Progress;

  test('are a fitted model, though the worker is killed while the questions are written', async () => {
    const submitted = await attune('submit', writeSpec(), '--json');
    expect(submitted.code, submitted.stderr).toBe(0);
    const { workflowId } = JSON.parse(submitted.stdout) as { workflowId: string };
    const { release } = model.hold();
    await untilAsked(1);
    release();
    await untilAsked(25);

    const worker = own.stack.services.find(({ name }) => name === 'workers')!;
    await worker.kill();
    const atTheKill = { ...model.times };
    await worker.start();
    const watched = await attune('watch', workflowId, '--json');

    expect([0, 3], watched.stdout.slice(-2000) + watched.stderr.slice(-2000)).toContain(watched.code); // the gate may find it no better
    run = JSON.parse((await attune('show', workflowId, '--json')).stdout) as Progress;
    expect(run.questions).toMatchObject({
      passages: PASSAGES,
      of: PASSAGES,
      questions: 2 * PASSAGES,
      faults: 0,
      usd: 0,
    });
    // At most the requests in flight, as many as the spec lets be, for each attempt that was lost: one by the kill, and more
    // where the machine is too busy to let the worker tell that it lives.
    const lost = await attemptsLost(workflowId);
    const again = Object.values(model.times).filter((times) => times > 1);
    expect(lost).toBeGreaterThanOrEqual(1);
    expect(Object.keys(atTheKill).length).toBeGreaterThanOrEqual(20);
    expect(again.length).toBeLessThanOrEqual(3 * lost);
    expect(run.timeline.map(({ stage }) => stage)).toContain('evaluate');
  });

  test('give a person questions to look through', async () => {
    const written = await attune('questions', run.workflowId, '--sample', '12', '--out', 'look.jsonl', '--json');

    expect(written.code, written.stderr).toBe(0);
    expect(JSON.parse(written.stdout)).toMatchObject({ questions: 12 });
    const [line] = readFileSync(join(folder, 'look.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(line!)).toMatchObject({ accepted: false, query: expect.any(String), group: expect.any(String) });
  });
});

async function untilAsked(count: number): Promise<void> {
  while (model.asked.length < count) await new Promise((resolve) => setTimeout(resolve, 20)); // between two looks
}
