import type { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { setAsideLines } from '../../../src/cli/setAsideLines.js';
import { setAside } from '../../../src/client/report/setAside.js';
import type { Progress } from '../../../src/run/progress.js';
import { FakeS3 } from '../../support/fakeS3.js';

const uri = 's3://bucket/run/data/report.json';
const entries = [
  { reason: 'questions have no relevant passage', count: 1150, examples: ['what is it', 'where'] },
  { reason: 'rows repeat another', count: 3, examples: [] },
];

function ask(content: object, artifacts: Record<string, string> = { dataReport: uri }) {
  const s3 = new FakeS3();
  s3.put(uri, JSON.stringify(content));
  return setAside(() => s3 as unknown as S3Client, { artifacts } as unknown as Progress);
}

test('a person reads what was set aside of the data, by reason, with examples', async () => {
  const found = await ask({ version: 1, counts: { train: { pairs: 200 } }, setAside: entries });

  expect(setAsideLines(found)).toEqual([
    '',
    'set aside of the data',
    '  1,150 questions have no relevant passage',
    '    such as what is it',
    '    such as where',
    '  3 rows repeat another',
  ]);
});

test.each([
  ['a run without a data report', {}, {}],
  ['a report of an earlier attune', { version: 1, counts: { train: { pairs: 200 } } }, undefined],
  ['a report of another form', { version: 2 }, undefined],
])('nothing is said of %s', async (_, content, artifacts) => {
  expect(setAsideLines(await ask(content, artifacts))).toEqual([]);
});
