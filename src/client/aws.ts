/**
 * AWS clients by the usual environment, and AWS errors in words.
 * @module
 */
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { BedrockClient } from '@aws-sdk/client-bedrock';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { S3VectorsClient } from '@aws-sdk/client-s3vectors';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Readable } from 'node:stream';
import { assumedRoleIn, credentialsOf } from '../aws/assumedRole.js';
import { CONTROL_PLANE, DATA_PLANE, INVOCATION } from '../aws/clients.js';
import { inWords, isNotFound } from '../aws/errors.js';
import type { SecretSources } from '../aws/secretReference.js';
import { parseS3Uri } from '../spec/sources.js';
import { AttuneError } from '../spec/attuneError.js';

/** Made when first asked for: most calls need only Temporal. Each @throws AttuneError (NotConfigured) for a role to take on that is none. */
export interface AwsClients {
  s3(): S3Client;
  s3Vectors(): S3VectorsClient;
  logs(): CloudWatchLogsClient;
  runtime(): SageMakerRuntimeClient;
  sageMaker(): SageMakerClient;
  autoScaling(): ApplicationAutoScalingClient;
  bedrock(): BedrockClient;
  /** Whatever a spec may refer to for a secret. */
  secretSources(): SecretSources;
  close(): void;
}

export function awsClients(env: NodeJS.ProcessEnv): AwsClients {
  const made: { destroy(): void }[] = [];
  const once = <T extends { destroy(): void }>(make: () => T): (() => T) => {
    let client: T | undefined;
    return () => {
      if (!client) made.push((client = make()));
      return client;
    };
  };
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
  // The SDK reads AWS_REGION and the profile, and not what AWS's other tools read too.
  const within = (limits: object) => ({ ...limits, ...(region && { region }), ...credentialsOf(assumedRoleIn(env)) });
  const secrets = once(() => new SecretsManagerClient(within(CONTROL_PLANE)));
  const parameters = once(() => new SSMClient(within(CONTROL_PLANE)));
  const forcePathStyle = Boolean(env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']);
  return {
    // An S3 server under an address of its own has no bucket names in DNS.
    s3: once(() => new S3Client({ ...within(DATA_PLANE), forcePathStyle })),
    s3Vectors: once(() => new S3VectorsClient(within(DATA_PLANE))),
    logs: once(() => new CloudWatchLogsClient(within(CONTROL_PLANE))),
    runtime: once(() => new SageMakerRuntimeClient(within(INVOCATION))),
    sageMaker: once(() => new SageMakerClient(within(CONTROL_PLANE))),
    autoScaling: once(() => new ApplicationAutoScalingClient(within(CONTROL_PLANE))),
    bedrock: once(() => new BedrockClient(within(CONTROL_PLANE))),
    secretSources: () => ({ secrets: secrets(), parameters: parameters(), variables: env }),
    close: () => made.forEach((client) => client.destroy()),
  };
}

/** @throws AttuneError (NotAvailable) when there is no such object */
export async function readObject(s3: S3Client, uri: string): Promise<Readable> {
  const at = parseS3Uri(uri);
  if (!at) throw new AttuneError('NotAvailable', `${uri} is not an S3 URI`, 'check the artifacts in `attune show`');
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: at.bucket, Key: at.key }));
    return Body as Readable;
  } catch (error) {
    throw fromReading(error, uri);
  }
}

/** An AWS error as a sentence; anything that is not from AWS, and an interruption, is handed back as it came. */
export function fromAws(error: unknown, doing: string): unknown {
  if (error instanceof AttuneError || (error as Error).name === 'AbortError') return error;
  const words = inWords(error, doing);
  return words ? new AttuneError(words.type, words.message, words.mend, { cause: error }) : error;
}

/** The same of reading a run's file: one that is not there is not there yet. */
export const fromReading = (error: unknown, uri: string): unknown =>
  isNotFound(error) && (error as Error).name !== 'NoSuchBucket'
    ? new AttuneError('NotAvailable', `${uri} is not there`, undefined, { cause: error })
    : fromAws(error, `reading ${uri}`);
