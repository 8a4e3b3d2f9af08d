import { expect, test } from 'vitest';
import type { Deps } from '../../src/activities/index.js';
import { othersModel } from '../../src/activities/ownModel.js';
import type { Run } from '../../src/activities/types.js';
import { FakeS3 } from '../support/fakeS3.js';

const FOLDER = 's3://bucket/attune/support/01234567/';
const run = { workflowId: 'w', run: '01234567', folder: FOLDER, spec: { name: 'support', tags: {} } } as unknown as Run;
const BEFORE = { configName: 'before', modelDataUrl: 's3://bucket/attune/support/76543210/package/model.tar.gz' };
const OWN = { configName: 'own', modelDataUrl: `${FOLDER}package/aa/model.tar.gz`, serverless: false };
const TRAINED = `${FOLDER}training/first/output/model.tar.gz`;

function seen(madeIn: string, candidate?: string) {
  const s3 = new FakeS3();
  s3.put(BEFORE.modelDataUrl, 'a model');
  const manifest = { source: TRAINED, lineage: { base: 'base', incumbent: BEFORE, startedFrom: BEFORE } };
  s3.put(`${FOLDER}package/manifest.json`, JSON.stringify(manifest));
  const found = { ...OWN, madeBy: 'w', madeIn };
  return othersModel({ s3 } as unknown as Deps, run, found, ({ incumbent }) => incumbent, candidate);
}

test('a run that finds its own model in service looks at the one before it', async () => {
  expect(await seen('01234567', TRAINED)).toMatchObject(BEFORE);
  expect(await seen('01234567')).toMatchObject(BEFORE);
});

test('a model that the run has trained anew has to beat the one that it put into service', async () => {
  expect(await seen('01234567', `${FOLDER}training/second/output/model.tar.gz`)).toMatchObject(OWN);
});

test("another run's model is what it is", async () => {
  expect(await seen('99999999', TRAINED)).toMatchObject(OWN);
});
