/**
 * AWS clients as the environment describes them: AWS's own variables, nothing of ours.
 * @module
 */
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { BedrockClient } from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { S3Client } from '@aws-sdk/client-s3';
import { S3VectorsClient } from '@aws-sdk/client-s3vectors';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { credentialsOf } from './assumedRole.js';
import { Connections } from './connections.js';
import { observed, type Observer } from './observed.js';
import type { Settings } from './settings.js';

export interface AwsClients {
  sageMaker: Pick<SageMakerClient, 'send'>;
  runtime: Pick<SageMakerRuntimeClient, 'send'>;
  s3: Pick<S3Client, 'send'>;
  s3Vectors: Pick<S3VectorsClient, 'send'>;
  logs: Pick<CloudWatchLogsClient, 'send'>;
  autoScaling: Pick<ApplicationAutoScalingClient, 'send'>;
  quotas: Pick<ServiceQuotasClient, 'send'>;
  /** Asks models. */
  bedrock: Pick<BedrockRuntimeClient, 'send'>;
  /** Has them asked in jobs. */
  bedrockJobs: Pick<BedrockClient, 'send'>;
  secrets: Pick<SecretsManagerClient, 'send'>;
  parameters: Pick<SSMClient, 'send'>;
  sns: Pick<SNSClient, 'send'>;
  ses: Pick<SESv2Client, 'send'>;
}

/** Without limits of its own the SDK waits for ever for a connection that has died without a word. */
const within = (requestTimeout: number) => ({
  requestHandler: { connectionTimeout: 5_000, requestTimeout, throwOnRequestTimeout: true },
});
/** The control plane answers in a second. */
export const CONTROL_PLANE = within(20_000);
/** A language model may think for a minute; S3 takes its time over a part of a large object. */
export const DATA_PLANE = within(120_000);
/** SageMaker ends an invocation after 60 s. Source: "Request inferences", limits of InvokeEndpoint. */
export const INVOCATION = within(70_000);

/** One set of clients for a worker's life. Their region is AWS's own setting. @param observers  see each call of each client */
export function createClients(
  { region, assumeRole }: Pick<Settings, 'region' | 'assumeRole'>,
  observers: readonly Observer[] = [],
): AwsClients & { close(): void } {
  const credentials = credentialsOf(assumeRole);
  const opened: Connections[] = [];
  const made = <C>(Client: new (config: object) => C, { requestHandler }: typeof CONTROL_PLANE): C => {
    const connections = new Connections();
    opened.push(connections);
    // Named, because some clients would speak HTTP/2, over connections that nobody here could give up.
    const handler = new NodeHttpHandler({ ...requestHandler, ...connections.agents });
    const client = new Client({ region, ...credentials, requestHandler: handler });
    return observed(connections.guard(client), observers);
  };
  const clients = {
    sageMaker: made(SageMakerClient, CONTROL_PLANE),
    runtime: made(SageMakerRuntimeClient, INVOCATION),
    s3: made(S3Client, DATA_PLANE),
    s3Vectors: made(S3VectorsClient, DATA_PLANE),
    logs: made(CloudWatchLogsClient, CONTROL_PLANE),
    autoScaling: made(ApplicationAutoScalingClient, CONTROL_PLANE),
    quotas: made(ServiceQuotasClient, CONTROL_PLANE),
    bedrock: made(BedrockRuntimeClient, DATA_PLANE),
    bedrockJobs: made(BedrockClient, CONTROL_PLANE),
    secrets: made(SecretsManagerClient, CONTROL_PLANE),
    parameters: made(SSMClient, CONTROL_PLANE),
    sns: made(SNSClient, CONTROL_PLANE),
    ses: made(SESv2Client, CONTROL_PLANE),
  };
  const close = (): void => {
    Object.values(clients).forEach((client) => client.destroy());
    opened.forEach((connections) => connections.close());
  };
  return { ...clients, close };
}
