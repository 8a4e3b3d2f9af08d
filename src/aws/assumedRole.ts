/**
 * A role to take on for every call of AWS: how a worker, or a person, of one account works in another one.
 * @module
 */
import type { SageMakerClientConfig } from '@aws-sdk/client-sagemaker';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { AttuneError } from '../spec/attuneError.js';

export interface AssumedRole {
  arn: string;
  /** What the role's owner asks for in its trust policy, where they do. */
  externalId?: string;
}

const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/;

/**
 * ATTUNE_ASSUME_ROLE_ARN and ATTUNE_ASSUME_ROLE_EXTERNAL_ID.
 *
 * @throws AttuneError (NotConfigured) for an ARN of something else, and for an id without a role
 */
export function assumedRoleIn(env: NodeJS.ProcessEnv): AssumedRole | undefined {
  const { ATTUNE_ASSUME_ROLE_ARN: arn = '', ATTUNE_ASSUME_ROLE_EXTERNAL_ID: externalId = '' } = env;
  if (arn === '' && externalId === '') return undefined;
  if (ROLE.test(arn)) return { arn, externalId: externalId || undefined };
  throw new AttuneError(
    'NotConfigured',
    `ATTUNE_ASSUME_ROLE_ARN is ${arn || 'not set'}, expected arn:aws:iam::<account>:role/<name>`,
    'set it to the role to take on, or unset both ATTUNE_ASSUME_ROLE_* variables',
  );
}

/**
 * For the configuration of an AWS client: nothing without a role, so that AWS's own settings decide. The SDK asks again five
 * minutes before the credentials end; the role itself is taken on with the credentials that AWS's settings name.
 */
export const credentialsOf = (role: AssumedRole | undefined): Pick<SageMakerClientConfig, 'credentials'> =>
  role === undefined
    ? {}
    : {
        credentials: fromTemporaryCredentials({
          params: { RoleArn: role.arn, ExternalId: role.externalId, RoleSessionName: 'attune' },
        }),
      };
