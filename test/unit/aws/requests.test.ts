import { expect, test } from 'vitest';
import { requestRun } from '../../support/requestRun.js';
import { evaluateRequest, passagesRequest, prepareRequest } from '../../../src/aws/requests/processing.js';
import { trainRequest } from '../../../src/aws/requests/training.js';
import { tuneRequest } from '../../../src/aws/requests/tuning.js';
import { placesOf } from '../../../src/spec/places.js';
import type { FineTuneSpecInput } from '../../../src/spec/schema.js';

const runOf = (changes: Partial<FineTuneSpecInput>) =>
  requestRun({ data: { pairs: 's3://bucket/p.jsonl' }, ...changes });
const limits = { maxRuntimeSeconds: 3600 };

test.each([
  ['ml.g5.xlarge', undefined],
  ['ml.m5.xlarge', 'alias/disks'],
])('the key of volumes on %s is %s: hardware encrypts the disks of an instance by itself', (instanceType, key) => {
  const at = { instanceType };
  const run = runOf({
    tune: { trials: 2 },
    encryption: { volumeKmsKeyId: 'alias/disks' },
    compute: { prepare: at, train: at },
  });
  const terms = { attempt: 1, place: placesOf(at)[0]!, limits };

  const { ProcessingResources } = prepareRequest(run, terms).request;
  expect(ProcessingResources!.ClusterConfig!.VolumeKmsKeyId).toBe(key);
  expect(trainRequest(run, terms).request.ResourceConfig!.VolumeKmsKeyId).toBe(key);
  expect(tuneRequest(run, terms, 1000).request.TrainingJobDefinition!.ResourceConfig!.VolumeKmsKeyId).toBe(key);
});

const SOURCES = { documents: 's3://bucket/docs', qrels: 's3://bucket/qrels', base: 's3://bucket/model' };
const FILES = { corpus: 's3://bucket/corpus.jsonl.gz', queries: 's3://bucket/queries.JSONL' };

test('each input of each job is one file, or a folder whose siblings stay out', () => {
  const { documents, qrels, base } = SOURCES;
  const terms = { attempt: 1, place: placesOf({ instanceType: 'ml.m5.xlarge' })[0]!, limits };
  const runs = [
    runOf({ data: { documents }, base }),
    runOf({ data: { ...FILES, qrels }, base, tune: { trials: 2 } }),
    runOf({ data: { ...FILES, qrels: 's3://bucket/test.tsv' } }),
  ];

  const uris = runs.flatMap((run) => [
    ...[prepareRequest(run, terms), evaluateRequest(run, terms, { candidate: 's3://bucket/m/model.tar.gz' })].flatMap(
      ({ request }) => request.ProcessingInputs!.map(({ S3Input }) => S3Input!.S3Uri!),
    ),
    ...trainRequest(run, terms).request.InputDataConfig!.map(({ DataSource }) => DataSource!.S3DataSource!.S3Uri!),
  ]);

  expect(uris).toEqual(expect.arrayContaining(Object.values(SOURCES).map((uri) => `${uri}/`)));
  expect(uris).toEqual(expect.arrayContaining([...Object.values(FILES), 's3://bucket/test.tsv']));
  expect(uris.filter((uri) => !/\/$|\.(jsonl|jsonl\.gz|tsv|json|tar\.gz)$/i.test(uri))).toEqual([]);
});

test("people's test questions reach the job that prepares the data, and not the one that chooses what to ask about", () => {
  const questions = { model: 'bedrock:amazon.nova-lite-v1:0' };
  const run = runOf({
    data: { documents: 's3://bucket/docs/', questions, test: ['s3://bucket/t/', 's3://bucket/u.csv'] },
  });
  const terms = { attempt: 1, place: placesOf({ instanceType: 'ml.m5.xlarge' })[0]!, limits };
  const inputsOf = ({ request }: ReturnType<typeof prepareRequest>) =>
    Object.fromEntries(request.ProcessingInputs!.map(({ InputName, S3Input }) => [InputName, S3Input!.S3Uri]));

  expect(inputsOf(prepareRequest(run, terms))).toMatchObject({ test: 's3://bucket/t/', 'test-2': 's3://bucket/u.csv' });
  const asked = inputsOf(passagesRequest(run, terms));
  expect(asked).toMatchObject({ documents: 's3://bucket/docs/' });
  expect(Object.keys(asked).filter((name) => name.startsWith('test'))).toEqual([]);
});

test('prompts reach the training script as one text, quotes and blanks at their ends included', () => {
  const prompts = { query: 'the "user" asks: ', document: '' };
  const terms = { attempt: 1, place: placesOf({ instanceType: 'ml.m5.xlarge' })[0]!, limits };

  const given = (run: ReturnType<typeof runOf>) => trainRequest(run, terms).request.HyperParameters!['prompts'];

  // The toolkit decodes a value once, and writes what is an object then in Python's way.
  expect(JSON.parse(JSON.parse(given(runOf({ train: { prompts } }))!) as string)).toEqual(prompts);
  expect(given(runOf({}))).toBeUndefined();
});
