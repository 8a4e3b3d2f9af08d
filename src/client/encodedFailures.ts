/**
 * Failures whose message and stack trace are a payload, which codecs encode: for worker processes and clients that have a
 * codec. Temporal's SDK loads it by its path.
 * @module
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
