/**
 * What a job holds its code against before it runs it.
 * @module
 */
import type { Run } from '../../run/run.js';

/** Read by python/arrival.py. The code lies in S3 under its own digest; the request, unlike the bucket, is the worker's alone. */
export function codeVariablesOf({ code }: Pick<Run, 'code'>): Record<string, string> {
  const digest = /\/code\/([0-9a-f]{64})\//.exec(code.files)?.[1];
  return digest === undefined ? {} : { ATTUNE_CODE_SHA256: digest };
}
