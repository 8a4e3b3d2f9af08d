/**
 * How the running stack is reached: what it says of itself, and the variables that point every SDK at it and at nothing else.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';

const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/attune-local`;
export const BUCKET = 'attune-local';
const ACCESS_KEY_ID = 'attune-local';

export interface Ports {
  temporal: number;
  ui: number;
  s3: number;
  sagemaker: number;
  events: number;
}

/** What `attune dev --json` prints. */
export interface StackDescription {
  temporal: { address: string; ui: string };
  aws: {
    s3: string;
    sagemaker: string;
    runtime: string;
    logs: string;
    region: string;
    accessKeyId: string;
    secretAccessKey: string;
  };
  bucket: string;
  roleArn: string;
}

export function describeStack(ports: Ports, secretAccessKey: string): StackDescription {
  const sagemaker = `http://127.0.0.1:${ports.sagemaker}`;
  return {
    temporal: { address: `127.0.0.1:${ports.temporal}`, ui: `http://127.0.0.1:${ports.ui}` },
    aws: {
      s3: `http://127.0.0.1:${ports.s3}`,
      sagemaker,
      runtime: sagemaker,
      logs: sagemaker,
      region: REGION,
      accessKeyId: ACCESS_KEY_ID,
      secretAccessKey,
    },
    bucket: BUCKET,
    roleArn: ROLE_ARN,
  };
}

/** @param temporalConfig  path of the profile that stands in for the person's own */
export function environmentOf(
  { temporal, aws, bucket, roleArn }: StackDescription,
  { eventsToken, temporalConfig }: { eventsToken: string; temporalConfig: string },
): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_UI_ADDRESS: temporal.ui,
    TEMPORAL_CONFIG_FILE: temporalConfig,
    AWS_ENDPOINT_URL_S3: aws.s3,
    AWS_ENDPOINT_URL_SAGEMAKER: aws.sagemaker,
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: aws.runtime,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: aws.logs,
    AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING: aws.sagemaker,
    AWS_ENDPOINT_URL_SERVICE_QUOTAS: aws.sagemaker,
    AWS_ENDPOINT_URL_S3VECTORS: aws.sagemaker,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: aws.sagemaker,
    AWS_ENDPOINT_URL_BEDROCK: aws.sagemaker,
    AWS_REGION: aws.region,
    AWS_DEFAULT_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.secretAccessKey,
    // A person's own profiles, with their endpoints, roles and sign-on, are none of the local stack's.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    ATTUNE_BUCKET: bucket,
    ATTUNE_ROLE_ARN: roleArn,
    ATTUNE_EVENTS_TOKEN: eventsToken,
    NO_PROXY: '127.0.0.1,localhost',
  };
}

export const temporalConfigPath = (stateDir: string): string => join(stateDir, 'temporal', 'client.toml');

/**
 * A profile in the place of ~/.config/temporalio/temporal.toml, whose API key or TLS would be used on the local server.
 *
 * @returns its path
 */
export function writeTemporalConfig(stateDir: string, { temporal }: StackDescription): string {
  const path = temporalConfigPath(stateDir);
  const lines = ['[profile.default]', `address = "${temporal.address}"`, 'namespace = "default"', ''];
  writeFileSync(path, lines.join('\n'), { mode: 0o600 });
  return path;
}

/** A profile, a session token or a TLS setting of the user's own must not mix with the local addresses. */
export function withoutAwsAndTemporal(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([key]) => !isOurs(key)));
}

/** Variables of a person's shell that would still count beside the stack's. */
export const foreignIn = (env: NodeJS.ProcessEnv, environment: Record<string, string>): string[] =>
  Object.keys(env).filter((key) => isOurs(key) && !(key in environment));

/** A variable that a spec refers to for the address of its database is the person's: the stack has none. */
const isOurs = (key: string): boolean => /^(AWS_|TEMPORAL_|ATTUNE_(?!INDEX_))\w+$/.test(key);
