import { expect, test } from 'vitest';
import { z } from 'zod';
import { trainSchema } from '../../../src/spec/schema.js';
import { TUNED } from '../../../src/spec/searchSpace.js';
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
