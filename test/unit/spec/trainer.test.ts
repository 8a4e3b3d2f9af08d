import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { trainSchema } from '../../../src/spec/schema.js';
import { searchSpaceOf, TUNED } from '../../../src/spec/searchSpace.js';
import { TRAINER_NAMES } from '../../../src/spec/trainer.js';

const options = z.toJSONSchema(trainSchema, { io: 'input' }).properties as Record<string, { type?: string }>;
test('the training script calls an option as the spec does, in snake_case', () => {
  const snakeCase = (option: string) => option.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const reaching = Object.entries(TRAINER_NAMES).filter(([, name]) => name !== null);

  expect(Object.fromEntries(reaching)).toEqual(
    Object.fromEntries(reaching.map(([option]) => [option, snakeCase(option)])),
  );
});

test.each(Object.entries(TUNED))('a search over %s has whole numbers where training takes no others', (name, tuned) => {
  expect(tuned.whole).toBe(options[name]!.type === 'integer');
});

test.each([
  ['intfloat/e5-small-v2', 384],
  ['intfloat/e5-base-v2', 768],
  ['intfloat/multilingual-e5-large', Infinity],
])(
  'the rates that a search tries for %s go from well below to well beyond the one that is taken unasked',
  (base, size) => {
    const { learningRate } = searchSpaceOf({ base, train: trainSchema.parse({}) });

    const unasked = ratesUnasked().get(size)!;
    const { min, max } = learningRate as { min: number; max: number };
    expect(max).toBeGreaterThanOrEqual(2 * unasked);
    // Long trainings get a quarter of it.
    expect(min).toBeLessThan(unasked / 4);
  },
);

/** Hidden size up to which → the rate, as the training script has them. */
function ratesUnasked(): Map<number, number> {
  const script = readFileSync('python/attune_jobs/training/learning_rate.py', 'utf8');
  const table = /^BY_SIZE = (.*)$/m.exec(script)![1]!;
  const rows = table.matchAll(/\((\d+|math\.inf), (\S+?)\)/g);
  return new Map(Array.from(rows, ([, size, rate]) => [size === 'math.inf' ? Infinity : Number(size), Number(rate)]));
}
