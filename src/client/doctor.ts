/**
 * What a run needs, looked at one by one: Temporal, its workers, AWS, the bucket, the role. Nothing is started, and nothing
 * is left behind.
 * @module
 */
import { DeleteObjectCommand, HeadBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ListEndpointsCommand, type SageMakerClient } from '@aws-sdk/client-sagemaker';
import { queuesOf, TASK_QUEUE } from '../run/ids.js';
import { searchAttributes } from '../run/searchAttributes.js';
import { awsClients, fromAws, type AwsClients } from './aws.js';
import { AttuneError } from '../spec/attuneError.js';
import { refusalOfTemporal } from './connectionFault.js';
import { notCurrentInWords, pollersOf } from './pollers.js';
import { registerCommand } from './searchAttributeCommand.js';
import { bucketOf, settingsFrom } from './settings.js';
import { connectTemporal, type TemporalConnection } from './temporal.js';

export interface Finding {
  /** What was looked at: "Temporal server", "bucket". */
  check: string;
  ok: boolean;
  /** What there is, or what is wrong with it. */
  found: string;
  /** What to do, where something is wrong; of what is well, what would be better. */
  mend?: string;
}

/** Never throws: what goes wrong is a finding. */
export async function doctor(env: NodeJS.ProcessEnv = process.env): Promise<Finding[]> {
  const aws = awsClients(env);
  try {
    const [temporalSide, ...awsSide] = await Promise.all([
      temporalFindings(env),
      looked('SageMaker', () => sageMaker(aws)),
      looked('bucket', () => bucket(aws, env)),
      looked('role', () => role(env)),
    ]);
    return [...temporalSide, ...awsSide];
  } finally {
    aws.close();
  }
}

async function temporalFindings(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  let connection: TemporalConnection;
  try {
    connection = await connectTemporal(env);
  } catch (error) {
    return [wrong('Temporal server', error)];
  }
  try {
    return await Promise.all([
      looked('Temporal server', () => server(connection)),
      retention(connection).catch((error: unknown) => wrong('retention', error)),
      looked('search attributes', () => attributes(connection)),
      looked('workers', () => workers(connection, env)),
    ]);
  } finally {
    await connection.close();
  }
}

async function server({ client, address, namespace }: TemporalConnection): Promise<string> {
  await client.workflowService.describeNamespace({ namespace });
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  return `${address}, namespace ${namespace}, version ${serverVersion}`;
}

/** A month: whoever comes back to a run, or compares it with the next one of its schedule, does so within. */
const LEAST_DAYS = 30;

/** How long Temporal remembers a run that has ended. A short time is a warning: runs do not fail of it. */
async function retention({ client, namespace }: TemporalConnection): Promise<Finding> {
  const check = 'retention';
  const { config } = await client.workflowService.describeNamespace({ namespace });
  const days = Math.floor(Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400);
  const found = `ended runs are remembered for ${days} day${days === 1 ? '' : 's'}`;
  if (days >= LEAST_DAYS) return { check, ok: true, found };
  const mend = `temporal operator namespace update --namespace ${namespace} --retention 365d; on Temporal Cloud, in the namespace's settings`;
  return {
    check,
    ok: true,
    found: `${found}; after that only from their records in S3, and no retry finds them`,
    mend,
  };
}

async function looked(check: string, look: () => string | Promise<string>): Promise<Finding> {
  try {
    return { check, ok: true, found: await look() };
  } catch (error) {
    return wrong(check, error);
  }
}

function wrong(check: string, thrown: unknown): Finding {
  const error = refusalOfTemporal(thrown);
  return {
    check,
    ok: false,
    found: (error as Error).message,
    mend: error instanceof AttuneError ? error.mend : undefined,
  };
}

async function attributes({ client, namespace, address }: TemporalConnection): Promise<string> {
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  const missing = searchAttributes.filter(({ name }) => !(name in (customAttributes ?? {})));
  if (missing.length === 0) return `all ${searchAttributes.length} registered`;
  throw new AttuneError(
    'NotConfigured',
    `not registered: ${missing.map(({ name }) => name).join(', ')}`,
    `a starting worker registers them where it may; or: ${registerCommand({ address, namespace }, missing)}`,
  );
}

async function workers({ client }: TemporalConnection, env: NodeJS.ProcessEnv): Promise<string> {
  const names = queuesOf(settingsFrom(env).taskQueue ?? TASK_QUEUE.workflows);
  const polled = await Promise.all([
    pollersOf(client, names.workflows, 'workflows'),
    pollersOf(client, names.aws, 'activities'),
    pollersOf(client, names.io, 'activities'),
  ]);
  const deserted = polled.filter(({ count }) => count === 0);
  if (deserted.length > 0)
    throw new AttuneError(
      'NoWorker',
      `nobody polls ${deserted.map(({ queue }) => queue).join(', ')}`,
      'attune worker; or attune dev for a whole local stack',
    );
  const stalled = polled.find(({ notCurrent }) => notCurrent.length > 0);
  if (stalled) {
    const { message, mend } = notCurrentInWords(stalled);
    throw new AttuneError('NoWorker', message, mend);
  }
  return polled.map(({ queue, count }) => `${queue} ${count}`).join(', ');
}

async function sageMaker(aws: AwsClients): Promise<string> {
  try {
    const client = aws.sageMaker();
    const server = servedBy(client);
    await client.send(new ListEndpointsCommand({ MaxResults: 1 }));
    return `${server()}, ${await client.config.region()}`;
  } catch (error) {
    throw fromAws(error, 'listing endpoints');
  }
}

/**
 * Who answers: seen on the request itself, because an endpoint may be set by variable, by profile or in code.
 *
 * @returns "AWS", or the address, once something was sent
 */
function servedBy({ middlewareStack }: Pick<SageMakerClient, 'middlewareStack'>): () => string {
  let server = 'nobody';
  middlewareStack.add(
    (next) => (args) => {
      const { protocol, hostname, port } = args.request as { protocol: string; hostname: string; port?: number };
      server = AWS_HOST.test(hostname) ? 'AWS' : `${protocol}//${hostname}${port ? `:${port}` : ''}`;
      return next(args);
    },
    { step: 'finalizeRequest', name: 'servedBy' },
  );
  return () => server;
}

const AWS_HOST = /\.(?:amazonaws\.com(?:\.cn)?|api\.aws|amazonaws\.eu)$/;

async function bucket(aws: AwsClients, env: NodeJS.ProcessEnv): Promise<string> {
  const settings = settingsFrom(env);
  const name = bucketOf(settings);
  const at = { Bucket: name, Key: `${settings.prefix}/doctor` };
  try {
    // Of a request's address all clients know the same.
    const server = servedBy(aws.s3() as unknown as SageMakerClient);
    const { BucketRegion } = await aws.s3().send(new HeadBucketCommand({ Bucket: name }));
    const region = await aws.sageMaker().config.region();
    if (BucketRegion && BucketRegion !== region) throw elsewhere(name, BucketRegion, region);
    await aws.s3().send(new PutObjectCommand({ ...at, Body: 'written and removed by attune doctor\n' }));
    await aws.s3().send(new DeleteObjectCommand(at));
    return `${name} (${server()}), can be written below ${settings.prefix}/`;
  } catch (error) {
    throw fromAws(error, `writing s3://${at.Bucket}/${at.Key}`);
  }
}

const elsewhere = (name: string, there: string, here: string): AttuneError =>
  new AttuneError(
    'NotConfigured',
    `${name} is in ${there}, and SageMaker is asked in ${here}`,
    `set AWS_REGION=${there}, or ATTUNE_BUCKET to a bucket of ${here}: SageMaker takes only buckets of its own region`,
  );

const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/;

function role(env: NodeJS.ProcessEnv): string {
  const arn = env['ATTUNE_ROLE_ARN'];
  const mend = 'set it for the workers to the role that jobs assume: the output RoleArn of deploy/attune.yaml';
  if (!arn) throw new AttuneError('NotConfigured', 'ATTUNE_ROLE_ARN is not set', mend);
  if (!ROLE.test(arn)) {
    throw new AttuneError(
      'NotConfigured',
      `ATTUNE_ROLE_ARN is ${arn}, expected arn:aws:iam::<account>:role/<name>`,
      mend,
    );
  }
  return arn;
}
