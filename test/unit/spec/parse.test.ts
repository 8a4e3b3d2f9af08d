import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.js';
import { refusal } from '../../../src/spec/problem.js';

const good = { apiVersion: 'attune/v1', name: 'support-search', data: { pairs: './pairs.jsonl' } };
const problemsIn = (raw: unknown) => {
  const parsed = parseSpec(raw);
  return parsed.ok ? [] : parsed.problems;
};

test('every fault is told at once: of the schema, of the rules, and of keys nobody knows', () => {
  const problems = problemsIn({
    ...good,
    apiVersion: 'attune/v2',
    trian: {},
    train: { epochs: '3', dimensions: [64, 128] },
    network: { subnets: ['subnet-1'] },
  });

  expect(problems.map(({ field }) => field).sort()).toEqual([
    'apiVersion',
    'network.securityGroupIds',
    'train.dimensions',
    'train.epochs',
    'trian',
  ]);
});

test.each([
  [{ trian: {} }, 'trian', 'did you mean "train"?'],
  [{ train: { epocs: 1 } }, 'train.epocs', 'did you mean "epochs"?'],
  [{ deploy: { endpont: 'a' } }, 'deploy.endpont', 'did you mean "endpoint"?'],
  [{ notify: [{ workflowID: 'a' }] }, 'notify[0].workflowID', 'did you mean "workflowId"?'],
  [{ gate: { metric: 'ndgc@10' } }, 'gate.metric', 'did you mean "ndcg@10"?'],
  [{ train: { epochs: '3' } }, 'train.epochs', 'write it without quotes'],
])('%j is mended in words', (spec, field, mend) => {
  expect(problemsIn({ ...good, ...spec })).toContainEqual(expect.objectContaining({ field, mend }));
});

test('a key that resembles none is answered with those that are known', () => {
  const fix = expect.stringContaining('minGain') as string;

  // `mend` is the older name of `fix`, kept for programs that read it.
  expect(problemsIn({ ...good, gate: { colour: 1 } })).toEqual([
    { field: 'gate.colour', value: 1, rule: 'a known key of gate', fix, mend: fix },
  ]);
});

const vectors = { store: 's3vectors', bucket: 'my-vectors', index: 'docs' };
test.each([
  [
    { ...vectors, hnsw: { m: 8 } },
    'index.hnsw',
    /^remove it; known here: store, bucket, index, dimensions, leastRecall/,
  ],
  [{ ...vectors, url: { variable: 'ATTUNE_INDEX_URL' } }, 'index.url', /^remove it; known here: store, bucket/],
  [{ ...vectors, bukcet: 'b' }, 'index.bukcet', /^did you mean "bucket"/],
  [{ ...vectors, dimensions: 4097 }, 'index.dimensions', /./],
  [{ ...vectors, index: 'Docs_1' }, 'index.index', /./],
  [{ ...vectors, store: 'opensearch' }, 'index.store', /./],
])('%j: what a store does not have is refused in words about that store', (index, field, mend) => {
  expect(problemsIn({ ...good, index })).toContainEqual(
    expect.objectContaining({ field, mend: expect.stringMatching(mend) as string }),
  );
  expect(problemsIn({ ...good, index: { store: 'opensearch' } })).toMatchObject([
    { rule: 'one of "pgvector", "s3vectors"' },
  ]);
});

test("an index in S3 Vectors asks for less recall by default: its graph is not the spec's to shape", () => {
  const parsed = parseSpec({ ...good, index: vectors });

  expect(parsed).toMatchObject({ ok: true, spec: { index: { ...vectors, leastRecall: 0.9, keepSeconds: 604_800 } } });
});

test('an empty file is refused with the way to start', () => {
  expect(refusal(problemsIn(null))).toContain('attune init');
});

test('a faulty list item does not hide the faults of other fields', () => {
  const problems = problemsIn({ ...good, notify: [{ workflowId: '' }], deploy: { endpoint: 'Not A Name' } });

  expect(problems.map(({ field }) => field)).toEqual(['notify[0].workflowId', 'deploy.endpoint']);
});

test('parsing never throws, whatever it is given', () => {
  fc.assert(
    fc.property(fc.anything(), (raw) => {
      parseSpec(raw);
    }),
  );
  const odd = fc.record(
    Object.fromEntries(
      [
        'apiVersion',
        'name',
        'data',
        'base',
        'train',
        'compute',
        'gate',
        'deploy',
        'network',
        'tags',
        'notify',
        '__proto__',
      ].map((key) => [key, fc.anything({ maxDepth: 3 })]),
    ),
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(odd, (raw) => {
      parseSpec(raw);
    }),
  );
});

test('a refused spec always has a reason, and every reason is whole', () => {
  fc.assert(
    fc.property(fc.object(), (raw) => {
      const parsed = parseSpec(raw);
      if (parsed.ok) return;
      expect(parsed.problems.length).toBeGreaterThan(0);
      for (const { rule, mend } of parsed.problems) expect(rule && mend).toBeTruthy();
    }),
  );
});

test('parsing what was parsed changes nothing', () => {
  const spec = fc.record(
    {
      apiVersion: fc.constant('attune/v1'),
      name: fc.stringMatching(/^[a-z][a-z0-9]{0,20}$/),
      data: fc.oneof(
        fc.constant({ pairs: './pairs.jsonl' }),
        fc.constant({ documents: 's3://bucket/docs/', split: { dev: 0.2 } }),
        fc.constant({ corpus: './c.jsonl', queries: './q.jsonl', qrels: './qrels' }),
      ),
      train: fc.record(
        {
          epochs: fc.integer({ min: 1, max: 100 }),
          dimensions: fc.constantFrom([384], [384, 64], [128, 64]),
          seed: fc.nat(),
        },
        { requiredKeys: [] },
      ),
      gate: fc.record({ confidence: fc.double({ min: 0.5, max: 0.99, noNaN: true }) }, { requiredKeys: [] }),
      deploy: fc.oneof(fc.constant(false), fc.constant({}), fc.constant({ approval: 'required' })),
      tags: fc.dictionary(fc.stringMatching(/^[b-z]{1,10}$/), fc.stringMatching(/^[a-z0-9 ]{0,20}$/)),
      notify: fc.uniqueArray(fc.record({ workflowId: fc.stringMatching(/^[a-z]{1,20}$/) }), {
        selector: (n) => n.workflowId,
      }),
    },
    { requiredKeys: ['apiVersion', 'name', 'data'] },
  );
  fc.assert(
    fc.property(spec, (raw) => {
      const once = parseSpec(raw);
      expect(once).toMatchObject({ ok: true });
      expect(once.ok && parseSpec(once.spec)).toEqual(once);
      expect(once.ok && parseSpec(JSON.parse(JSON.stringify(once.spec)))).toEqual(once);
    }),
  );
});

test('a spec that would fill the history is refused, with its size', () => {
  const notify = Array.from({ length: 20 }, (_, i) => ({ workflowId: `nightly-${i}-${'é'.repeat(900)}` }));
  const tags = Object.fromEntries(Array.from({ length: 45 }, (_, i) => [`tag-${i}`, 'é'.repeat(256)]));

  expect(problemsIn({ ...good, notify, base: 's3://bucket/model/' })).toEqual([]);
  expect(problemsIn({ ...good, notify, tags, base: `s3://bucket/${'é'.repeat(3000)}/` })).toEqual([
    expect.objectContaining({ field: '', value: '65 KB', rule: 'at most 64 KB as JSON' }),
  ]);
});

/** Work that grows with the square of a spec would hold a worker, and every run on it, for minutes. */
const QUICKLY = 2_000;

test('a spec of any size is answered at once: too large, or the first faults and how many more', () => {
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
  expect(problemsIn({ ...good, ...keys(20_000) })).toMatchObject([{ rule: 'at most 64 KB as JSON' }]);
  for (const many of [
    keys(5_000),
    { train: keys(5_000) },
    { tags: keys(4_000) },
    { notify: Array.from({ length: 3_000 }, () => ({ workflowId: 'w' })) },
    { notify: Array.from({ length: 3_000 }, () => ({ w: 'w' })) },
    { train: { dimensions: Array.from({ length: 9_000 }, () => 8) } },
    { gate: { guards: Array.from({ length: 9_000 }, () => ({})) } },
    { prices: { asOf: 'now', usdPerHour: keys(4_000) } },
    { compute: { train: { instanceType: Array.from({ length: 9_000 }, () => 'x') } } },
    { network: { subnets: Array.from({ length: 9_000 }, () => 's') } },
    { [`k${'x'.repeat(60_000)}`]: 1 },
  ]) {
    const since = performance.now();
    const problems = problemsIn({ ...good, ...many });
    expect(performance.now() - since).toBeLessThan(QUICKLY);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(21);
    expect(refusal(problems).length).toBeLessThan(20_000);
  }
  expect(problemsIn({ ...good, ...keys(5_000) }).at(-1)).toMatchObject({ field: '', value: '4980 more errors' });
}, 60_000);

test('at most 20 workflows are notified', () => {
  const notify = (count: number) => Array.from({ length: count }, (_, i) => ({ workflowId: `w-${i}` }));

  expect(problemsIn({ ...good, notify: notify(20) })).toEqual([]);
  expect(problemsIn({ ...good, notify: notify(21) })).toEqual([
    expect.objectContaining({ field: 'notify', rule: 'a length of at most 20 items' }),
  ]);
});

test('what has no bound of its own is bounded', () => {
  const long = 'x'.repeat(5_000);
  for (const part of [
    { data: { pairs: long } },
    { base: long },
    { deploy: { endpoint: long } },
    { compute: { train: { instanceType: `ml.${long}.x` } } },
    { network: { subnets: [`subnet-${long}`], securityGroupIds: ['sg-1'] } },
    {
      prices: { asOf: 'now', usdPerHour: Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`ml.a.${i}`, 1])) },
    },
    { train: { dimensions: Array.from({ length: 40 }, (_, i) => 1000 - i) } },
  ])
    expect(problemsIn({ ...good, ...part }).length).toBeGreaterThan(0);
});

test('what is no JSON is refused, not thrown at', () => {
  const circle: Record<string, unknown> = { ...good };
  circle['self'] = circle;
  let deep: unknown = {};
  for (let depth = 0; depth < 20_000; depth += 1) deep = { deep };

  for (const raw of [circle, { ...good, deep }, { ...good, big: 1n }])
    expect(problemsIn(raw)).toMatchObject([{ field: '', rule: 'plain data that JSON can hold' }]);
});

test('what is no spec at all is not quoted', () => {
  const shadow = 'root:$6$secret:19000:0:99999:7:::';
  for (const raw of [shadow, [shadow], { password: shadow }, { apiVersion: 'v1', kind: 'Secret', data: { p: shadow } }])
    expect(refusal(problemsIn(raw))).not.toContain('secret');
});

test('where a reference belongs, what was written in its place is not repeated', () => {
  const url = 'https://hooks.slack.com/services/T0/B0/s3cret';
  for (const part of [
    ...[{ slack: url }, { slack: { url } }, { teams: [url] }, { webhook: url }, { slackUrl: url }, url],
    ...[{ webhook: { url: { address: url } } }, { webhook: { url, secret: 's3cret' } }, { webhook: { url } }],
  ])
    expect(JSON.stringify(problemsIn({ ...good, notify: [part] })), JSON.stringify(part)).not.toContain('s3cret');
  const apiKey = 'sk-s3cret';
  const questions = { model: 'openai:gpt-5-mini', apiKey };
  expect(JSON.stringify(problemsIn({ ...good, data: { documents: './docs', questions } }))).not.toContain('s3cret');
});
