import { expect, test } from 'vitest';
import { fingerprintsOf, type Fingerprints } from '../../src/activities/fingerprint.js';
import type { Deps } from '../../src/activities/index.js';
import { stageDigest } from '../../src/activities/stageDigest.js';
import type { Run } from '../../src/run/run.js';
import { parseSpec } from '../../src/spec/parse.js';
import type { FineTuneSpec, FineTuneSpecInput } from '../../src/spec/schema.js';
import { FakeS3 } from '../support/fakeS3.js';

const code = { files: 's3://bucket/code/files/' };
const images = { prepare: 'image', train: 'image', evaluate: 'image' };

function fingerprints(s3: FakeS3, changes: Partial<FineTuneSpecInput> = {}): Promise<Fingerprints> {
  const input = { apiVersion: 'attune/v1', name: 'print', data: { documents: 's3://bucket/docs/' }, ...changes };
  const { spec } = parseSpec(input) as { spec: FineTuneSpec };
  const deps = { s3 } as unknown as Deps;
  return fingerprintsOf(deps, { spec, code, images }, { signal: new AbortController().signal });
}

function documents(count: number): FakeS3 {
  const s3 = new FakeS3();
  for (let n = 0; n < count; n += 1) s3.put(`s3://bucket/docs/${n}.md`, `# Title ${n}\n`);
  return s3;
}

test('the same objects have the same digest wherever they lie; a changed, added or removed one changes it', async () => {
  const s3 = documents(3);
  const first = await fingerprints(s3);
  for (const [uri, content] of s3.objects) s3.put(uri.replace('/docs/', '/elsewhere/'), content);
  const moved = await fingerprints(s3, { data: { documents: 's3://bucket/elsewhere/' } });

  s3.put('s3://bucket/docs/1.md', '# Another\n');
  const changed = await fingerprints(s3);
  s3.put('s3://bucket/docs/3.md', '# New\n');
  const added = await fingerprints(s3);
  s3.objects.delete('s3://bucket/docs/0.md');
  const removed = await fingerprints(s3);

  expect(moved).toEqual(first);
  expect(new Set([first, changed, added, removed].map(({ dataHash }) => dataHash)).size).toBe(4);
  expect(removed.recipeHash).toBe(first.recipeHash);
});

test('an object on the last of several pages counts too', async () => {
  const s3 = documents(2500);
  const before = await fingerprints(s3);
  s3.put('s3://bucket/docs/999.md', '# Changed\n');

  expect((await fingerprints(s3)).dataHash).not.toBe(before.dataHash);
});

test('the recipe changes with what makes the model or the decision, not with who is told or how often one looks', async () => {
  const s3 = documents(1);
  const { recipeHash } = await fingerprints(s3);
  const same = { notify: [{ workflowId: 'w' }], tags: { team: 'a' }, timings: { pollSeconds: 60 } };

  expect((await fingerprints(s3, { ...same, whenUnchanged: 'skip' })).recipeHash).toBe(recipeHash);
  expect((await fingerprints(s3, { train: { epochs: 3 } })).recipeHash).not.toBe(recipeHash);
  expect((await fingerprints(s3, { gate: { minGain: 0.01 } })).recipeHash).not.toBe(recipeHash);
  expect(
    (await fingerprints(s3, { data: { documents: 's3://bucket/docs/', split: { seed: 1 } } })).recipeHash,
  ).not.toBe(recipeHash);
});

test('a base model in S3 whose files change is another recipe', async () => {
  const s3 = documents(1);
  s3.put('s3://bucket/base/model.safetensors', 'one');
  const before = await fingerprints(s3, { base: 's3://bucket/base/' });
  s3.put('s3://bucket/base/model.safetensors', 'two');
  const after = await fingerprints(s3, { base: 's3://bucket/base/' });

  expect(after.dataHash).toBe(before.dataHash);
  expect(after.recipeHash).not.toBe(before.recipeHash);
});

test('test questions that a person gives change what is prepared, and ask no language model again', async () => {
  const s3 = documents(2);
  const questions = { model: 'bedrock:amazon.nova-lite-v1:0' };
  const written = { contents: { questions: 'as they are' } };
  const digests = async (data: Partial<FineTuneSpecInput['data']>) => {
    const changes = { data: { documents: 's3://bucket/docs/', questions, ...data } };
    const { spec } = parseSpec({ apiVersion: 'attune/v1', name: 'print', ...changes }) as { spec: FineTuneSpec };
    const run = { spec, code, images, ...(await fingerprints(s3, changes)) } as unknown as Run;
    const task = { signal: new AbortController().signal };
    const of = (stage: 'questions' | 'prepare') =>
      stageDigest({ s3 } as unknown as Deps, { run, stage, written: written as never }, task);
    return { questions: await of('questions'), prepare: await of('prepare') };
  };
  const without = await digests({});
  s3.put('s3://bucket/look.csv', 'accepted,query,document\n');
  const first = await digests({ test: 's3://bucket/look.csv' });
  s3.put('s3://bucket/look.csv', 'accepted,query,document\ntrue,q,d\n');
  const second = await digests({ test: 's3://bucket/look.csv' });
  s3.put('s3://bucket/docs/0.md', '# Another\n');
  const other = await digests({ test: 's3://bucket/look.csv' });

  expect([first.questions, second.questions]).toEqual([without.questions, without.questions]);
  expect(without.questions).toBeDefined();
  expect(other.questions).not.toBe(without.questions);
  expect(new Set([without, first, second, other].map(({ prepare }) => prepare)).size).toBe(4);
});
