/**
 * Variables of the containers: values, and references to where a secret lies. A reference travels as it is and is resolved inside
 * the container, by its own role: the secret itself is in no spec, request, history or log.
 * @module
 */
import type { FineTuneSpec } from './schema.js';

export type Variable = string | { secretArn: string; key?: string } | { parameter: string };
export type Environment = Record<string, Variable>;

/** Before the name of a variable that is to be resolved. python/attune_jobs/serving/endpoint/references.py reads it. */
export const REFERENCE_PREFIX = 'ATTUNE_FROM_';

/** The container's environment as it stands in a request. */
export const encodedEnvironment = (environment: Environment = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).map(([name, variable]) =>
      typeof variable === 'string' ? [name, variable] : [REFERENCE_PREFIX + name, referenceOf(variable)],
    ),
  );

function referenceOf(variable: Exclude<Variable, string>): string {
  if ('parameter' in variable) return `parameter:${variable.parameter}`;
  const { secretArn, key } = variable;
  return `secret:${secretArn}${key === undefined ? '' : `#${key}`}`;
}

export interface StageEnvironment {
  /** Path of its stage in the spec. */
  stage: string;
  environment: Environment;
  /** The longest name and value that AWS takes: (Processing|Training|)EnvironmentKey and …Value of SageMaker's API. */
  most: { name: number; value: number };
}

/** Of every stage that the spec has a container for. */
export const environmentsIn = ({ compute, deploy }: FineTuneSpec): StageEnvironment[] =>
  [
    { stage: 'compute.prepare', environment: compute.prepare.environment, most: { name: 256, value: 256 } },
    { stage: 'compute.train', environment: compute.train.environment, most: { name: 512, value: 512 } },
    { stage: 'compute.evaluate', environment: compute.evaluate.environment, most: { name: 256, value: 256 } },
    ...(deploy ? [{ stage: 'deploy', environment: deploy.environment, most: { name: 1024, value: 1024 } }] : []),
  ].map(({ environment = {}, ...stage }) => ({ ...stage, environment }));
