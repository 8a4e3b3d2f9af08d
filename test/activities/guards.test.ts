import type { CreateProcessingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { expect, test } from 'vitest';
import { createAwsActivities, createIoActivities, type Deps } from '../../src/activities/index.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { inActivity as call } from '../support/inActivity.js';
import { jobScripts, smallSpec } from '../support/loop.js';

const guardOf = (name: string) => ({
  name,
  corpus: `s3://elsewhere/${name}/corpus.jsonl.gz`,
  queries: `s3://elsewhere/${name}/asked.jsonl`,
  qrels: `s3://elsewhere/${name}/qrels/test.tsv`,
});

/** @param files  which files of the guards are in S3 */
async function prepared(guards: ReturnType<typeof guardOf>[], files = guards.flatMap((guard) => Object.values(guard))) {
  const sageMaker = new FakeSageMaker();
  const { s3 } = sageMaker;
  s3.put('s3://test-bucket/pairs.jsonl', '{}');
  s3.put('s3://test-bucket/model/config.json', '{}');
  for (const uri of files.filter((file) => file.startsWith('s3:'))) s3.put(uri, `content of ${uri}`);
  const deps = {
    ...(sageMaker.clients as object),
    settings: {
      bucket: 'test-bucket',
      roleArn: 'arn:aws:iam::000000000000:role/test',
      prefix: 'attune',
      region: 'us-east-1',
    },
    pythonDir: jobScripts,
    propagationMs: 0,
  } as unknown as Deps;
  const raw = smallSpec({ base: 's3://test-bucket/model', gate: { guards } });
  await sageMaker.serving(raw.name);
  const { run } = await call(createIoActivities(deps).preflight, { raw, workflowId: 'finetune/x', run: '0a1b2c3d' });
  return { s3, run, aws: createAwsActivities(deps) };
}

test('guard sets lie in the run folder, whatever their files are called, and the evaluation has one input for all', async () => {
  const guards = ['a', 'b', 'c', 'd'].map(guardOf);
  const { s3, run, aws } = await prepared(guards);

  const candidate = 's3://bucket/model.tar.gz';
  const { request } = await call(aws.planJob, { run, stage: 'evaluate' as const, attempt: 1, candidate });

  const copied = [...s3.objects.keys()].filter((uri) => uri.startsWith(`${run.folder}guards/`));
  expect(copied.map((uri) => uri.replace(`${run.folder}guards/`, ''))).toEqual(
    expect.arrayContaining(['a/corpus.jsonl.gz', 'a/queries.jsonl', 'a/qrels.tsv', 'd/corpus.jsonl.gz']),
  );
  expect(copied).toHaveLength(12);
  expect(s3.objects.get(`${run.folder}guards/b/queries.jsonl`)!.toString()).toBe(`content of ${guards[1]!.queries}`);
  const { ProcessingInputs = [] } = request as CreateProcessingJobCommandInput;
  expect(ProcessingInputs.map(({ InputName }) => InputName)).toEqual(
    ['code', 'spec', 'test', 'corpus', 'candidate', 'incumbent', 'guards', 'train', 'base'], // SageMaker takes ten
  );
});

test('a guard file that is not there is refused by its field before anything is paid for', async () => {
  const guard = guardOf('general');

  await expect(prepared([guard], [guard.corpus, guard.qrels])).rejects.toMatchObject({
    type: 'SpecRefused',
    details: [[expect.objectContaining({ field: 'gate.guards[0].queries', value: guard.queries })]],
  });
});
