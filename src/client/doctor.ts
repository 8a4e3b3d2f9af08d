/**
 * What a run needs, looked at one by one: Temporal, its workers, AWS, the bucket, the role. Nothing is started, and nothing
 * is left behind.
 * @module
 */
import { DeleteObjectCommand, HeadBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ListEndpointsCommand } from '@aws-sdk/client-sagemaker';
import { queuesOf, TASK_QUEUE } from '../run/ids.js';
import { isNotFound } from '../aws/errors.js';
import { assumedRoleIn } from '../aws/assumedRole.js';
import { searchAttributes } from '../run/searchAttributes.js';
import { awsClients, fromAws, type AwsClients } from './aws.js';
import { AttuneError } from '../spec/attuneError.js';
import { sentenceOf } from '../spec/problem.js';
import { looked, named, wrong, type Finding } from './account/finding.js';
import { AWS_HOST, hostSeen } from './account/server.js';
import { check } from './inputs/check.js';
import { grpcStatusIn } from './connectionFault.js';
import { notCurrentInWords, pollersOf } from './pollers.js';
import { registerCommand } from './searchAttributeCommand.js';
import { bucketOf, settingsFrom } from './settings.js';
import { connectTemporal, type TemporalConnection } from './temporal.js';

export type { Finding } from './account/finding.js';

/**
 * Never throws: what goes wrong is a finding.
 *
 * @param spec  a spec, or a path to one: what it takes of the account is looked at. Default: what attune's defaults take
 */
export async function doctor(env: NodeJS.ProcessEnv = process.env, spec?: string | object): Promise<Finding[]> {
  const aws = awsClients(env);
  try {
    const [temporalSide, ...awsSide] = await Promise.all([
      temporalFindings(env),
      sageMakerAndAccount(aws, env, spec),
      looked('bucket', () => bucket(aws, env)),
      looked('role', () => role(env)),
    ]);
    const [sageMakerSide, ...others] = awsSide;
    return [...temporalSide, ...sageMakerSide.slice(0, 1), ...others, ...sageMakerSide.slice(1)].map(named);
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
      attributes(connection).catch((error: unknown) => wrong('search attributes', error)),
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

const PERMISSION_DENIED = 7; // gRPC

async function attributes({ client, namespace, address }: TemporalConnection): Promise<Finding> {
  const check = 'search attributes';
  let known: object;
  try {
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
    known = customAttributes ?? {};
  } catch (error) {
    if (grpcStatusIn(error).code !== PERMISSION_DENIED) throw error;
    // Temporal Cloud shows them to operators alone, which says nothing against this client.
    const mend = `once a namespace: ${registerCommand({ address, namespace }, searchAttributes)}; then: attune worker --search-attributes assume`;
    return { check, ok: true, found: 'not known: only an operator may look', mend };
  }
  const missing = searchAttributes.filter(({ name }) => !(name in known));
  if (missing.length === 0) return { check, ok: true, found: `all ${searchAttributes.length} registered` };
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
      `no worker polls ${deserted.map(({ queue }) => queue).join(', ')}`,
      'attune worker; or attune dev for a whole local stack',
    );
  const stalled = polled.find(({ notCurrent }) => notCurrent.length > 0);
  if (stalled) {
    const { message, mend } = notCurrentInWords(stalled);
    throw new AttuneError('NoWorker', message, mend);
  }
  return polled.map(({ queue, count }) => `${queue} ${count}`).join(', ');
}

/** SageMaker first: who answers for it decides on whom the rest is asked. */
async function sageMakerAndAccount(
  aws: AwsClients,
  env: NodeJS.ProcessEnv,
  given?: string | object,
): Promise<[Finding, ...Finding[]]> {
  let server = (): string => 'nobody';
  let region = '';
  const first = await looked('SageMaker', async () => {
    const client = aws.sageMaker();
    server = servedBy(client);
    region = await client.config.region();
    await client.send(new ListEndpointsCommand({ MaxResults: 1 })).catch((error: unknown) => {
      throw fromAws(error, 'listing endpoints');
    });
    const role = assumedRoleIn(env);
    return `${server()}, ${region}${role ? `, as ${role.arn}` : ''}`;
  });
  const checked = await check(given ?? DEFAULTS, {}, env);
  if (!checked.ok)
    return [first, { check: 'spec', ok: false, found: checked.problems.map(sentenceOf).join('; '), mend: 'fix it' }];
  if (!first.ok) return [first]; // without credentials, region or network nothing else is seen either
  const { accountFindings } = await import('./account/account.js');
  const { bucket: ofRuns } = settingsFrom(env);
  const where = {
    region,
    onAws: server() === 'AWS',
    bucket: ofRuns,
    roleArn: roleIn(env),
    assumeRole: assumedRoleIn(env),
  };
  return [first, ...(await accountFindings(where, { spec: checked.spec, given: given !== undefined }))];
}

/** A spec that leaves to attune all that costs. */
const DEFAULTS = { apiVersion: 'attune/v1', name: 'defaults', data: { pairs: 's3://any-bucket/pairs.jsonl' } };

/** @returns "AWS", or the address, once something was sent */
function servedBy(client: Parameters<typeof hostSeen>[0]): () => string {
  let server = 'nobody';
  hostSeen(client, (host, address) => (server = AWS_HOST.test(host) ? 'AWS' : address));
  return () => server;
}

async function bucket(aws: AwsClients, env: NodeJS.ProcessEnv): Promise<string> {
  const settings = settingsFrom(env);
  const name = bucketOf(settings);
  const at = { Bucket: name, Key: `${settings.prefix}/doctor` };
  try {
    const server = servedBy(aws.s3());
    const { BucketRegion } = await aws
      .s3()
      .send(new HeadBucketCommand({ Bucket: name }))
      .catch((error: unknown) => {
        throw isNotFound(error) ? noBucket(name) : error;
      });
    const region = await aws.sageMaker().config.region();
    if (BucketRegion && BucketRegion !== region) throw elsewhere(name, BucketRegion, region);
    await aws.s3().send(new PutObjectCommand({ ...at, Body: 'written and removed by attune doctor\n' }));
    await aws.s3().send(new DeleteObjectCommand(at));
    return `${name} (${server()}), can be written below ${settings.prefix}/`;
  } catch (error) {
    throw fromAws(error, `writing s3://${at.Bucket}/${at.Key}`);
  }
}

/** A HEAD has no body that would say what is not found. */
const noBucket = (name: string): AttuneError =>
  new AttuneError(
    'NotFound',
    `there is no bucket ${name}`,
    'check ATTUNE_BUCKET: the name, its region and its account',
  );

const elsewhere = (name: string, there: string, here: string): AttuneError =>
  new AttuneError(
    'NotConfigured',
    `${name} is in ${there}, and SageMaker is asked in ${here}`,
    `set AWS_REGION=${there}, or ATTUNE_BUCKET to a bucket of ${here}: SageMaker takes only buckets of its own region`,
  );

const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/;

/** Where it is set, and in the form of one. */
const roleIn = ({ ATTUNE_ROLE_ARN: arn = '' }: NodeJS.ProcessEnv): string | undefined =>
  ROLE.test(arn) ? arn : undefined;

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
