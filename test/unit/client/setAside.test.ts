import type { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { asksPage, pageOf } from '../../../src/cli/data.js';
import type { Io } from '../../../src/cli/io.js';
import { setAsideLines } from '../../../src/cli/setAsideLines.js';
import { show } from '../../../src/cli/show.js';
import { setAside } from '../../../src/client/report/setAside.js';
import { freshProgress, type Progress } from '../../../src/run/progress.js';
import { FakeS3 } from '../../support/fakeS3.js';

const uri = 's3://bucket/run/data/report.json';
const entries = [
  { reason: 'questions have no relevant passage', count: 1150, examples: ['what is it', 'where\nis it'] },
  { reason: 'rows repeat another', count: 3, examples: [] },
];
const told = [
  'set aside, merged or left out of the data',
  '  1,150 questions have no relevant passage',
  '    such as "what is it", "where is it"',
  '  3 rows repeat another',
];

function ask(content: object, artifacts: Record<string, string> = { dataReport: uri }) {
  const s3 = new FakeS3();
  s3.put(uri, JSON.stringify(content));
  return setAside(() => s3 as unknown as S3Client, { artifacts } as unknown as Progress);
}

test('a person reads what was set aside of the data, by reason, with examples, each on a line of the terminal', async () => {
  const found = await ask({ version: 1, counts: { train: { pairs: 200 } }, setAside: entries });

  expect(setAsideLines(found, 80)).toEqual(['', ...told]);
  const [long] = setAsideLines([{ reason: 'rows', count: 1, examples: ['word '.repeat(40)] }], 50).slice(-1);
  expect(long!.length).toBeLessThanOrEqual(50);
});

test.each([
  ['a run without a data report', {}, {}],
  ['a report of an earlier attune', { version: 1, counts: { train: { pairs: 200 } } }, undefined],
  ['a report of another form', { version: 2 }, undefined],
])('nothing is said of %s', async (_, content, artifacts) => {
  expect(setAsideLines(await ask(content, artifacts), 80)).toEqual([]);
});

test('`attune data` says before a run in the same words what `attune show` says after it', async () => {
  const printed: string[] = [];
  const io = {
    width: () => 80,
    out: (text: string) => printed.push(text),
    next: () => undefined,
    say: () => undefined,
  };
  const progress = { ...freshProgress('finetune/x', 'x'), artifacts: { dataReport: uri } };
  const reader = { progress: async () => progress, setAside: async () => entries, close: async () => undefined };
  const report = {
    ...{
      inputs: [{ name: 'pairs.jsonl', bytes: 9 }],
      read: { rows: 1, unreadable: 0, unreadablePlaces: [] },
      counts: {},
    },
    ...{ tokenLengths: { questions: { counted: 0 }, passages: { counted: 0 } }, maxSeqLength: 128 },
    ...{ setAside: entries, warnings: [] },
  };
  const gate = { metric: 'ndcg@10', confidence: 0.95, questions: 0, groups: 0, minQuestions: 30, minGroups: 10 };
  const asks = {
    ...{ model: 'openai:q', passages: 1, of: 1, documents: 1, ofDocuments: 1, questions: 2, warnings: [] },
    ...{ tokens: { inputTokens: 1, outputTokens: 1 }, setAside: entries },
  };

  await show(
    { ...io, attune: async () => reader, env: {}, style: (_: string, text: string) => text } as unknown as Io,
    'x',
    {},
  );

  const words = told.join('\n');
  expect(printed.join('\n')).toContain(words);
  expect(pageOf('x', report, gate, io).join('\n')).toContain(words);
  expect(asksPage('x', asks, io).join('\n')).toContain(words);
});
