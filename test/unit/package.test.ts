import { expect, expectTypeOf, test } from 'vitest';
import * as everything from '../../src/client/index.js';
import * as forWorkflows from '../../src/run/index.js';
import type { FineTune } from '../../src/run/index.js';
import type { fineTune } from '../../src/workflows/index.js';

test('a message that a workflow imports from `attune/workflow`, a client can import from `attune`', () => {
  expect(everything).toMatchObject({ ...forWorkflows });
  expect(forWorkflows.progress.name).toBe('progress');
});

test('whoever starts `fineTune` by its name has its real type', () => {
  expectTypeOf<FineTune>().toEqualTypeOf<typeof fineTune>(); // the compiler says so, not the run
});
