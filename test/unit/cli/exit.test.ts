import { expect, test } from 'vitest';
import { tell } from '../../../src/cli/exit.js';
import { AttuneError } from '../../../src/spec/attuneError.js';
import { FAILURES, type FailureType } from '../../../src/spec/failures.js';

test.each(Object.entries(FAILURES))('%s ends a command as the table says, with its next step', (type, row) => {
  const said: string[] = [];
  const io = { say: (text: string) => said.push(text), next: (text: string) => said.push(`next: ${text}`) };

  const code = tell(new AttuneError(type as FailureType, 'it did not work'), io);

  expect(code).toBe(row.exitCode);
  expect(said).toEqual(['error: it did not work', `next: ${row.mend}`]);
});

test('what was asked for and cannot be asked for is wrong usage; what was right and did not work is a failure', () => {
  const codes = (types: FailureType[]) => types.map((type) => FAILURES[type].exitCode);

  expect(codes(['SpecRefused', 'InvalidRequest', 'RunNotFound', 'ScheduleNotFound', 'NotConfigured'])).toEqual(
    Array.from({ length: 5 }, () => 2),
  );
  expect(codes(['NoServer', 'NoWorker', 'NotAvailable', 'AccessDenied', 'NotFound', 'Unavailable'])).toEqual(
    Array.from({ length: 6 }, () => 1),
  );
});
