/** Every test of a suite with a server is skipped, with the reason, where the server is missing. */
import { beforeEach, inject } from 'vitest';

beforeEach((context) => {
  const missing = inject('temporalMissing');
  context.skip(Boolean(missing), missing);
});
