/**
 * AWS clients by the usual environment, and AWS errors in words.
 * @module
 */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { Readable } from 'node:stream';
import { parseS3Uri } from '../spec/sources.js';
import { AttuneError } from './errors.js';

/** Made when first asked for: most calls need only Temporal. */
export interface AwsClients {
  s3(): S3Client;
  logs(): CloudWatchLogsClient;
  runtime(): SageMakerRuntimeClient;
  sageMaker(): SageMakerClient;
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
  return {
    // An S3 server under an address of its own has no bucket names in DNS.
    s3: once(() => new S3Client({ forcePathStyle: Boolean(env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']) })),
    logs: once(() => new CloudWatchLogsClient({})),
    runtime: once(() => new SageMakerRuntimeClient({})),
    sageMaker: once(() => new SageMakerClient({})),
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
    throw fromAws(error, `reading ${uri}`);
  }
}

const MENDS: readonly (readonly [RegExp, string])[] = [
  [/^(NoSuchBucket)$/, 'check ATTUNE_BUCKET, its region and account'],
  [/^(NoSuchKey|NotFound)$/, 'the run may not have come that far: `attune show` tells'],
  [/^(AccessDenied|AccessDeniedException|Forbidden|403)$/, 'grant the action to the credentials in use'],
  [
    /^(InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|UnrecognizedClientException)$/,
    'renew the AWS credentials in the environment',
  ],
  [/^(CredentialsProviderError)$/, 'set AWS credentials, or for a running local stack: eval "$(attune env)"'],
];

/** An AWS error as a sentence; anything that is not from AWS is handed back as it came. */
export function fromAws(error: unknown, doing: string): unknown {
  if (error instanceof AttuneError || !(error instanceof Error) || error.name === 'AbortError') return error;
  const { name, message } = error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new AttuneError(
      'NotAvailable',
      `${doing}: nothing answers there (${code})`,
      'check the AWS_ENDPOINT_URL_* variables; is the local stack up?',
      { cause: error },
    );
  }
  if (!('$metadata' in error) && name !== 'CredentialsProviderError' && !/region/i.test(message)) return error;
  const mend = /region is missing/i.test(message)
    ? 'set AWS_REGION, or for a running local stack: eval "$(attune env)"'
    : (MENDS.find(([names]) => names.test(name))?.[1] ?? 'see the message; AWS settings come from the environment');
  return new AttuneError(name === 'NoSuchKey' ? 'NotAvailable' : 'AwsRefused', `${doing}: ${name} (${message})`, mend, {
    cause: error,
  });
}
