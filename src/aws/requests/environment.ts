/**
 * What a container is told by its environment: what the spec says, and what attune itself has to.
 * @module
 */
import { encodedEnvironment, type Environment } from '../../spec/environment.js';
import { codeDigestOf } from '../../run/files.js';
import type { BaseCopy, Run } from '../../run/run.js';

/** The channel of wheels, in a job that takes its packages from there. */
export const WHEELHOUSE = 'wheelhouse';

/**
 * @param inputs  the folder that the job's channels lie in
 */
export function jobEnvironment(run: Run, environment: Environment | undefined, inputs: string): Record<string, string> {
  return { ...encodedEnvironment(environment), ...pipVariablesOf(run, inputs), ...codeVariablesOf(run) };
}

/** Of a job that reads a copy of the base: it holds it against the digest that the run knows. */
export const baseVariablesOf = (base: BaseCopy | undefined): Record<string, string> =>
  base === undefined ? {} : { ATTUNE_BASE_SHA256: base.sha256 };

/** Of pip's own: it asks no index, and finds what it is to install in the channel. */
const pipVariablesOf = ({ spec }: Run, inputs: string): Record<string, string> =>
  spec.network.wheelhouse === undefined ? {} : { PIP_NO_INDEX: '1', PIP_FIND_LINKS: `${inputs}/${WHEELHOUSE}` };

/** Read by python/arrival.py. The code lies in S3 under its own digest; the request, unlike the bucket, is the worker's alone. */
function codeVariablesOf(run: Pick<Run, 'code'>): Record<string, string> {
  const digest = codeDigestOf(run);
  return digest === undefined ? {} : { ATTUNE_CODE_SHA256: digest };
}
