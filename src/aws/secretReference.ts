/**
 * A secret, from where a spec says that it lies. It is read for each use and kept nowhere.
 * @module
 */
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { StoreReference } from '../spec/reference.js';
import type { AwsClients } from './clients.js';

export interface SecretSources extends Pick<AwsClients, 'secrets' | 'parameters'> {
  /** The environment that `variable` refers to. */
  variables?: Readonly<Record<string, string | undefined>>;
}

/** In words, for messages: where it lies, never what it is. */
export const placeOf = (reference: StoreReference): string =>
  'variable' in reference
    ? `variable ${reference.variable}`
    : 'parameter' in reference
      ? `parameter ${reference.parameter}`
      : `secret ${reference.secretArn}`;

/** @returns undefined where it holds nothing, or nothing under the key that is named */
export async function readSecret(
  { secrets, parameters, variables = {} }: SecretSources,
  reference: StoreReference,
): Promise<string | undefined> {
  return (await valueOf({ secrets, parameters, variables }, reference))?.trim() || undefined;
}

async function valueOf(
  { secrets, parameters, variables = {} }: SecretSources,
  reference: StoreReference,
): Promise<string | undefined> {
  if ('variable' in reference) return variables[reference.variable];
  if ('parameter' in reference) {
    const { Parameter } = await parameters.send(
      new GetParameterCommand({ Name: reference.parameter, WithDecryption: true }),
    );
    return Parameter?.Value;
  }
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: reference.secretArn }));
  return reference.key === undefined ? SecretString : memberOf(SecretString, reference.key);
}

function memberOf(secret: string | undefined, key: string): string | undefined {
  try {
    const member = (JSON.parse(secret ?? '') as Record<string, unknown>)[key];
    return typeof member === 'string' ? member : undefined;
  } catch {
    return undefined; // no JSON: it holds no key
  }
}
