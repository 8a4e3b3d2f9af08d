/**
 * AWS clients as the environment describes them: AWS's own variables, nothing of ours.
 * @module
 */
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { observed, type Observer } from './observed.js';

export interface AwsClients {
  sageMaker: Pick<SageMakerClient, 'send'>;
  runtime: Pick<SageMakerRuntimeClient, 'send'>;
  s3: Pick<S3Client, 'send'>;
  logs: Pick<CloudWatchLogsClient, 'send'>;
  autoScaling: Pick<ApplicationAutoScalingClient, 'send'>;
}

/** One set of clients for a worker's life. Their region is AWS's own setting. @param observer  sees each call of each client */
export function createClients(region: string, observer?: Observer): AwsClients & { close(): void } {
  const clients = {
    sageMaker: new SageMakerClient({ region }),
    runtime: new SageMakerRuntimeClient({ region }),
    s3: new S3Client({ region }),
    logs: new CloudWatchLogsClient({ region }),
    autoScaling: new ApplicationAutoScalingClient({ region }),
  };
  if (observer) for (const client of Object.values(clients)) observed(client, observer);
  return { ...clients, close: () => Object.values(clients).forEach((client) => client.destroy()) };
}
