import { expect, test } from 'vitest';
import { createIoActivities, type Deps } from '../../src/activities/index.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { inActivity as call } from '../support/inActivity.js';

const uri = 's3://test-bucket/evaluation/report.json';
const summary = { questions: 100, passages: 1000, metrics: {}, comparisons: {}, guards: [], warnings: [] };

const read = async (report: object) => {
  const sageMaker = new FakeSageMaker();
  sageMaker.s3.put(uri, JSON.stringify(report));
  return call(createIoActivities(sageMaker.clients as unknown as Deps).readEvaluation, { uri });
};

test('with the numbers comes the digest of the pairs that training read, from the package of the candidate', async () => {
  const settings = { manifest: { dataHash: 'sha256:77' } };

  expect(await read({ version: 1, summary, settings })).toMatchObject({ summary, pairsHash: 'sha256:77' });
  expect(await read({ version: 1, summary })).toMatchObject({ summary, pairsHash: undefined });
});
