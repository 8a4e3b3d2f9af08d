import { expect } from 'vitest';

/** What a call is refused with; a call that is answered fails the test. */
export const refusal = (call: Promise<unknown>): Promise<{ name: string; message: string }> =>
  call.then(
    () => expect.fail('the call was answered, expected a refusal'),
    (error: { name: string; message: string }) => error,
  );
