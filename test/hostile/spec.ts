/**
 * Specs from strangers: any data, any text, any number of keys. Each is refused in words, or is whole; at once, and without a
 * word of what another file holds.
 * @module
 */
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSpec } from '../../src/client/inputs/specFile.js';
import { parseSpec } from '../../src/spec/parse.js';
import { refusal } from '../../src/spec/problem.js';
import { judged, type Area, type Verdict } from './area.js';

const EXPECTED = 'refused with 1 to 21 problems, or taken whole, within 3 s';
const LONGEST_MS = 3_000;
const SECRET = 'hunter2';

/** Runs the functions' areas in turn; each is a share of the inputs. */
export const hostileSpec = async (inputs: number, seed: number): Promise<Verdict> => {
  const half = Math.ceil(inputs / 2);
  const [objects, files] = [await hostileObjects(half, seed), await hostileFiles(inputs - half, seed)];
  return { tried: objects.tried + files.tried, bad: [...objects.bad, ...files.bad] };
};

const good = { apiVersion: 'attune/v1', name: 'a', data: { pairs: 's3://bucket/pairs.jsonl' } };

const KEYS = ['apiVersion', 'name', 'data', 'base', 'train', 'tune', 'compute', 'gate', 'deploy', 'network', 'prices'];
const MORE = ['encryption', 'budget', 'notify', 'tags', 'timings', 'whenUnchanged', '__proto__', 'constructor'];

/** Much of one thing, in each place that takes a list or a mapping. */
const crowded = fc
  .tuple(
    fc.constantFrom('unknown', 'train', 'tags', 'notify', 'dimensions', 'guards', 'subnets', 'prices', 'types'),
    fc.integer({ min: 100, max: 20_000 }),
  )
  .map(([where, count]) => {
    const keys = Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
    const list = Array.from({ length: count }, (_, i) => i);
    const parts: Record<string, object> = {
      unknown: keys,
      train: { train: keys },
      tags: { tags: keys },
      notify: { notify: list.map((i) => ({ workflowId: `w${i}` })) },
      dimensions: { train: { dimensions: list } },
      guards: { gate: { guards: list.map(() => ({})) } },
      subnets: { network: { subnets: list.map(String) } },
      prices: { prices: { asOf: 'now', usdPerHour: keys } },
      types: { compute: { train: { instanceType: list.map(String) } } },
    };
    return { ...good, ...parts[where] };
  });

const deep = fc.integer({ min: 10, max: 30_000 }).map((depth) => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = i % 2 ? [value] : { value };
  return { ...good, train: value };
});

const odd = fc
  .dictionary(fc.constantFrom(...KEYS, ...MORE), fc.anything({ maxDepth: 3, withBigInt: true, withDate: true }))
  .map((part) => ({ ...good, ...part }));

async function hostileObjects(count: number, seed: number): Promise<Verdict> {
  return judged(
    fc.oneof(fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true }), odd, crowded, deep),
    { count, seed, expected: EXPECTED },
    (raw) => {
      const since = performance.now();
      const parsed = parseSpec(raw, { sources: 's3' });
      const ms = performance.now() - since;
      if (ms > LONGEST_MS) return `${Math.round(ms)} ms`;
      if (parsed.ok) return parseSpec(parsed.spec).ok ? undefined : 'what was taken is refused the second time';
      const { length } = parsed.problems;
      if (length < 1 || length > 21) return `${length} problems`;
      const words = refusal(parsed.problems).length;
      return words > 20_000 || JSON.stringify(parsed.problems).length > 60_000 ? `${words} characters` : undefined;
    },
  );
}

const line = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'apiVersion: attune/v1',
    'name: a',
    'data: {pairs: ./secret.txt}',
    'prices: ./secret.txt',
    '---',
    'a: &a [*a]',
  ),
  fc.constantFrom(
    'base: ..',
    'base: /etc',
    'data: {pairs: /dev/zero}',
    'data: {documents: /dev/stdin}',
    'x: !!js/function "x"',
  ),
  fc
    .tuple(fc.constantFrom('[', '{', '- ', '? ', '&a ', '*a ', '!!a ', '"', "'", '| '), fc.nat(20_000))
    .map(([t, n]) => t.repeat(n)),
);

async function hostileFiles(count: number, seed: number): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'attune-hostile-'));
  writeFileSync(join(folder, 'secret.txt'), `root:${SECRET}:0:0\n`);
  try {
    return await judged(
      fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n')),
      { count, seed, expected: EXPECTED },
      async (text) => {
        const path = join(folder, 'attune.yaml');
        writeFileSync(path, text);
        const since = performance.now();
        const checked = await checkSpec(path, folder);
        const ms = performance.now() - since;
        if (ms > LONGEST_MS) return `${Math.round(ms)} ms`;
        if (checked.ok) return undefined;
        return refusal(checked.problems).includes(SECRET) ? 'the content of another file' : undefined;
      },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const specArea: Area = { name: 'spec', run: hostileSpec };
