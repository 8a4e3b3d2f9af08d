/**
 * How workflows write failures: in plain words, or, where the worker has a payload codec, as a payload that it encodes. The
 * worker says which before the bundle is run (src/worker/options.ts). What is read may be either. Replay compares no failures.
 * @module
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({
  encodeCommonAttributes: (globalThis as { attuneEncodesFailures?: boolean }).attuneEncodesFailures === true,
});
