/** deploy/attune.yaml: by AWS's linter, its policies by one of IAM, and as a stack in moto. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { imageFor } from '../../src/aws/images.js';
import { parseEvent } from '../../src/events/parse.js';
import { outsidePython } from '../support/moto.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const template = join(root, 'deploy/attune.yaml');
let python = '';
let missing = '';

beforeAll(async () => {
  const found = await outsidePython();
  if ('missing' in found) missing = found.missing;
  else {
    python = found.python;
    const program = join(here, 'template_program.py');
    stack = JSON.parse(execFileSync(python, [program], { input: readFileSync(template), encoding: 'utf8' })) as Stack;
  }
}, 360_000);
beforeEach((context) => context.skip(missing !== '', missing));

interface Stack {
  outputs: Record<string, string>;
  exports: string[];
  events: object[];
  queue: Record<string, string>;
  /** The one that the stack was given. */
  key: string;
  /** As the stack has them, with all that its parameters bring. */
  policies: Record<
    'worker' | 'worker options' | 'job' | 'job trust' | 'worker trust' | 'bucket' | 'queue',
    { Statement: Statement[] }
  >;
}
interface Statement {
  Sid: string;
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}
let stack: Stack;
const statementsOf = (policy: keyof Stack['policies']): Statement[] => stack.policies[policy].Statement;
const workerStatementsOf = (): Statement[] => [...statementsOf('worker'), ...statementsOf('worker options')];

const REGIONS = ['us-east-1', 'eu-west-1', 'us-gov-west-1', 'cn-north-1'].join(',');

/** What AWS's linter of CloudFormation says of a template. */
function lintTemplate(content: string): string {
  const { stdout, stderr } = spawnSync(join(dirname(python), 'cfn-lint'), ['--regions', REGIONS], {
    input: content,
    encoding: 'utf8',
  });
  return stdout + stderr;
}

test('the linter of CloudFormation finds no fault, in China and in GovCloud either', () => {
  expect(lintTemplate(readFileSync(template, 'utf8'))).toBe('');
});

test('the linter of CloudFormation finds a fault where there is one', () => {
  const broken = readFileSync(template, 'utf8').replace('MessageRetentionPeriod: 14400', 'MessageRetentionPeriod: 10');

  expect(lintTemplate(broken)).toContain('10 is less than the minimum');
});

/** What a linter that has AWS's Service Authorization Reference says of policies: faults by their names. */
const lintPolicies = (policies: object): Record<string, string[]> =>
  JSON.parse(
    execFileSync(python, ['-W', 'ignore', join(here, 'lint_policies.py')], {
      input: JSON.stringify(policies),
      encoding: 'utf8',
    }),
  ) as Record<string, string[]>;

test('each policy has actions that exist, on resources and under conditions that they know', () => {
  expect(Object.keys(stack.policies)).toHaveLength(7);
  expect(lintPolicies(stack.policies)).toEqual({});
});

test('a condition that an action does not know, a resource that is not its own, an action that is none: all are found', () => {
  const changed = (policy: keyof Stack['policies'], change: Partial<Statement>) => ({
    ...stack.policies[policy],
    Statement: statementsOf(policy).map((statement, i) => (i === 0 ? { ...statement, ...change } : statement)),
  });

  const found = lintPolicies({
    worker: changed('worker', { Condition: { StringEquals: { 'sagemaker:Bucket': 'a' } } }),
    'worker options': changed('worker options', { Action: 'sagemaker:CreateTrials' }),
    job: changed('job', {
      Action: 'cloudwatch:DescribeAlarms',
      Resource: '*',
      Condition: { StringLike: { 'cloudwatch:namespace': 'AWS/SageMaker' } },
    }),
    'job trust': changed('job trust', { Action: 'sts:AssumeRoles' }),
    'worker trust': changed('worker trust', { Effect: 'Permit' }),
    bucket: changed('bucket', { Condition: { Bool: { 's3:SecureTransport': 'false' } } }),
    queue: changed('queue', { Resource: 'arn:aws:s3:::bucket' }),
  });

  expect(Object.keys(found).sort()).toEqual(Object.keys(stack.policies).sort());
});

test('of a service that the linter does not know yet, actions that are none and resources of another are found too', () => {
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['s3vectors:PutVector'], Resource: ['arn:aws:s3:::docs'] }],
  };

  expect(lintPolicies({ worker: policy })).toEqual({
    worker: ['RESOURCE_MISMATCH: arn:aws:s3:::docs with s3vectors', 'UNKNOWN_ACTION: s3vectors:PutVector'],
  });
});

/** Not counting white space. Source: IAM's quotas, "Managed policies". */
const LARGEST_POLICY = 6144;

test.each(['worker', 'worker options'] as const)(
  'the policy %s is no larger than IAM takes, wherever it is',
  (name) => {
    const here = JSON.stringify(stack.policies[name]).replace(/\s/g, '');
    const longest = here
      .replaceAll('arn:aws:', 'arn:aws-us-gov:')
      .replaceAll('eu-west-1', 'ap-southeast-1')
      .replaceAll(stack.outputs.Bucket!, 'b'.repeat(63));

    expect(longest.length).toBeLessThanOrEqual(LARGEST_POLICY);
  },
);

test('the stack exports what the settings and the worker want', () => {
  const { outputs, exports } = stack;

  expect(exports.sort()).toEqual(['attune-bucket', 'attune-events-queue-url', 'attune-role-arn']);
  expect(outputs.RoleArn).toMatch(/^arn:aws:iam::\d+:role\//);
  expect(outputs.EventsQueueUrl).toMatch(/^https:\/\/sqs\.eu-west-1\.amazonaws\.com\//);
  expect(outputs.WorkerRoleArn).toMatch(/^arn:aws:iam::\d+:role\//);
});

test("of all state changes those of attune's jobs and of endpoints reach the queue, and the bridge knows them", () => {
  const events = stack.events.map((event) => ({ ...event, status: 'x' }));

  const names = events.map((event) => Object.values((event as unknown as { detail: object }).detail)[0] as string);
  const jobs = ['attune-med-prepare-1', 'attune-med-questions-1', 'attune-med-train-1'];
  expect(names.sort()).toEqual([...jobs, 'support-search']);
  for (const event of events) expect(parseEvent(event, 'eventbridge').kind).not.toBe('ignored');
});

test('what no reader can use goes to a dead-letter queue', () => {
  expect(JSON.parse(stack.queue.RedrivePolicy!)).toMatchObject({ maxReceiveCount: 5 });
});

/** The AWS calls in the sources, as IAM names them. */
function callsIn(...folders: string[]): string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, 'src', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(root, 'src', folder, name), 'utf8')),
  );
  const calls = files.join('\n').matchAll(/new (\w+)Command\(/g);
  return [...new Set([...calls].map(([, operation]) => ACTIONS[operation!] ?? `sagemaker:${operation}`))].sort();
}
const ACTIONS: Record<string, string> = {
  ...{ HeadObject: 's3:GetObject', GetObject: 's3:GetObject', PutObject: 's3:PutObject', CopyObject: 's3:PutObject' },
  ...{ DeleteObject: 's3:DeleteObject', DeleteObjects: 's3:DeleteObject' },
  ...{ CreateMultipartUpload: 's3:PutObject', UploadPart: 's3:PutObject', CompleteMultipartUpload: 's3:PutObject' },
  ...{ AbortMultipartUpload: 's3:AbortMultipartUpload', ListParts: 's3:ListMultipartUploadParts' },
  ...{
    ListMultipartUploads: 's3:ListBucketMultipartUploads',
    ListObjectsV2: 's3:ListBucket',
    HeadBucket: 's3:ListBucket',
  },
  ...{ DescribeLogStreams: 'logs:DescribeLogStreams', GetLogEvents: 'logs:GetLogEvents' },
  ...{ ReceiveMessage: 'sqs:ReceiveMessage', DeleteMessageBatch: 'sqs:DeleteMessage' },
  ...{ ChangeMessageVisibilityBatch: 'sqs:ChangeMessageVisibility' },
  ...{ Converse: 'bedrock:InvokeModel', GetSecretValue: 'secretsmanager:GetSecretValue' },
  ...ofBatches(
    'CreateModelInvocationJob',
    'GetModelInvocationJob',
    'ListModelInvocationJobs',
    'ListTagsForResource',
    'StopModelInvocationJob',
  ),
  ...{ GetParameter: 'ssm:GetParameter', Publish: 'sns:Publish', GetTopicAttributes: 'sns:GetTopicAttributes' },
  ...{ SendEmail: 'ses:SendEmail', GetEmailIdentity: 'ses:GetEmailIdentity' },
  ...{ ListServiceQuotas: 'servicequotas:ListServiceQuotas', GetRole: 'iam:GetRole' },
  ...{ SimulatePrincipalPolicy: 'iam:SimulatePrincipalPolicy', BatchGetImage: 'ecr:BatchGetImage' },
  ...{ DescribeSubnets: 'ec2:DescribeSubnets', DescribeVpcEndpoints: 'ec2:DescribeVpcEndpoints' },
  GetCallerIdentity: 'sts:GetCallerIdentity',
  ...ofAutoscaling(
    'RegisterScalableTarget',
    'DeregisterScalableTarget',
    'DescribeScalableTargets',
    'DescribeScalingPolicies',
    'PutScalingPolicy',
  ),
  ...ofVectors('GetVectorBucket', 'ListIndexes', 'CreateIndex', 'GetIndex', 'DeleteIndex'),
  ...ofVectors('PutVectors', 'ListVectors', 'QueryVectors', 'DeleteVectors'),
};

/** What doctor goes without, and says so; nobody needs a permission to ask who they are. */
const OPTIONAL = [
  ...['iam:SimulatePrincipalPolicy', 'ecr:BatchGetImage', 'ec2:DescribeSubnets', 'ec2:DescribeVpcEndpoints'],
  'sts:GetCallerIdentity',
];

function ofVectors(...operations: string[]): Record<string, string> {
  return Object.fromEntries(operations.map((operation) => [operation, `s3vectors:${operation}`]));
}

function ofBatches(...operations: string[]): Record<string, string> {
  return Object.fromEntries(operations.map((operation) => [operation, `bedrock:${operation}`]));
}

function ofAutoscaling(...operations: string[]): Record<string, string> {
  return Object.fromEntries(operations.map((operation) => [operation, `application-autoscaling:${operation}`]));
}

test('the workers may call all that attune calls, each by its name and none on everything but lists and looks', () => {
  const statements = workerStatementsOf();
  const allowed = new Set(statements.flatMap(({ Action }) => Action));
  const called = callsIn('activities', 'aws', 'client', 'events', 'vectorStore');

  expect(called.filter((action) => !allowed.has(action)).sort()).toEqual(OPTIONAL.sort());
  expect([...allowed].filter((action) => action.includes('*'))).toEqual([]);
  const unlimited = statements.filter(({ Resource }) => Resource === '*');
  expect(unlimited.flatMap(({ Action }) => Action)).toSatisfy((actions: string[]) =>
    actions.every((action) =>
      /^(sagemaker|servicequotas|bedrock):List|^(application-autoscaling|cloudwatch):Describe/.test(action),
    ),
  );
  expect(statements.find(({ Action }) => Action === 'iam:PassRole')).toMatchObject({
    Resource: stack.outputs.RoleArn,
    Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
  });
});

test('a batch job is started for the models that are allowed, in the name of its stack, and Bedrock alone takes its role', () => {
  const options = statementsOf('worker options');
  const inItsName = { 'aws:RequestTag/attune:bucket': stack.outputs.Bucket };
  const creating = allowing(options, 'bedrock:CreateModelInvocationJob');

  expect(creating.map(({ Resource }) => Resource).flat()).toEqual([
    'arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite',
    expect.stringMatching(/^arn:aws:bedrock:eu-west-1:\d+:model-invocation-job\/\*$/),
  ]);
  expect(creating.at(-1)!.Condition?.StringEquals).toEqual(inItsName);
  expect(allowing(options, 'bedrock:StopModelInvocationJob')).toMatchObject([
    { Condition: { StringEqualsIfExists: { 'aws:ResourceTag/attune:bucket': stack.outputs.Bucket } } },
  ]);
  expect(allowing(options, 'iam:PassRole')).toMatchObject([
    {
      Resource: stack.outputs.RoleArn,
      Condition: { StringEquals: { 'iam:PassedToService': 'bedrock.amazonaws.com' } },
    },
  ]);
  const trusted = statementsOf('job trust').map(({ Condition }) => Condition);
  expect(trusted).toMatchObject([
    {},
    { ArnLike: { 'aws:SourceArn': expect.stringContaining(':model-invocation-job/*') } },
  ]);
});

const actionsOf = ({ Action }: Statement): string[] => [Action].flat();
const allowing = (statements: Statement[], action: string): Statement[] =>
  statements.filter((one) => one.Effect === 'Allow' && actionsOf(one).includes(action));

test('the workers of a stack make things in its name alone, and change none that another stack has made', () => {
  const workerStatements = workerStatementsOf();
  const { outputs } = stack;
  const inItsName = { 'attune:bucket': outputs.Bucket };
  const tags = (kind: string) =>
    Object.fromEntries(Object.entries(inItsName).map(([tag, value]) => [`aws:${kind}/${tag}`, value]));
  const operations = workerStatements.flatMap(actionsOf).filter((action) => action.startsWith('sagemaker:'));
  const making = operations.filter((action) => /:Create(?!Endpoint$|ModelPackage$)/.test(action));
  const changing = operations.filter((action) => /:(Stop|Delete|Update|Invoke|CreateModelPackage$)/.test(action));

  expect([making.length > 4, changing.length > 6]).toEqual([true, true]);
  for (const action of making)
    for (const one of allowing(workerStatements, action))
      expect(one.Condition?.StringEquals, action).toMatchObject(tags('RequestTag'));
  for (const action of changing)
    for (const one of allowing(workerStatements, action))
      expect(one.Condition?.StringEqualsIfExists, action).toMatchObject(tags('ResourceTag'));
  for (const one of allowing(workerStatements, 'sagemaker:AddTags'))
    expect(one.Condition, one.Sid).toSatisfy((condition: Statement['Condition']) =>
      Boolean(condition?.StringEqualsIfExists ?? condition?.Null?.['sagemaker:TaggingAction']),
    );
});

test('grants of the key are for AWS services alone', () => {
  for (const statements of [workerStatementsOf(), statementsOf('job')]) {
    const grants = allowing(statements, 'kms:CreateGrant');
    expect(grants).toMatchObject([{ Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } }]);
  }
});

test('the workers may read the SHA-256 of what lies in the bucket, under its key too, and tell what is not there', () => {
  const workerStatements = workerStatementsOf();
  const { outputs, key } = stack;
  const bucket = `arn:aws:s3:::${outputs.Bucket}`;

  // Of an object under a KMS key S3 tells the checksum to who may decrypt it.
  for (const [action, resource] of [
    ['s3:GetObject', `${bucket}/*`],
    ['s3:ListBucket', bucket], // Without it S3 answers 403 in the place of 404.
    ['kms:Decrypt', key],
  ] as const) {
    const unconditional = allowing(workerStatements, action).filter(({ Condition }) => Condition === undefined);
    expect(
      unconditional.flatMap(({ Resource }) => Resource),
      action,
    ).toContain(resource);
  }
  expect(workerStatements.filter(({ Effect }) => Effect === 'Deny')).toEqual([]);
});

test('jobs drop their own checkpoints and nothing else, and see the alarms of a rollout without a condition', () => {
  const bucket = `arn:aws:s3:::${stack.outputs.Bucket}`;

  expect(allowing(statementsOf('job'), 's3:DeleteObject').map(({ Resource }) => Resource)).toEqual([
    `${bucket}/*/checkpoints/*`,
  ]);
  const alarms = allowing(statementsOf('job'), 'cloudwatch:DescribeAlarms');
  expect(alarms).toMatchObject([{ Resource: '*' }]);
  expect(alarms[0]).not.toHaveProperty('Condition');
});

test('the workers copy an object of an input bucket with its tags', () => {
  const statements = workerStatementsOf();

  const readable = allowing(statements, 's3:GetObject').map(({ Resource }) => Resource);
  expect(allowing(statements, 's3:GetObjectTagging').map(({ Resource }) => Resource)).toEqual(readable);
  const writable = allowing(statements, 's3:PutObject').map(({ Resource }) => Resource);
  expect(allowing(statements, 's3:PutObjectTagging').map(({ Resource }) => Resource)).toEqual(writable);
});

test("jobs are this account's, and write neither code nor inputs that later jobs start from", () => {
  for (const { Condition } of statementsOf('job trust'))
    expect(Condition).toMatchObject({ StringEquals: { 'aws:SourceAccount': expect.any(String) } });
  const bucket = `arn:aws:s3:::${stack.outputs.Bucket}`;
  expect(statementsOf('job').filter(({ Effect }) => Effect === 'Deny')).toMatchObject([
    {
      Action: ['s3:PutObject', 's3:DeleteObject'],
      Resource: ['code', 'inputs', '_results', '_indexes'].map((folder) => `${bucket}/*/${folder}/*`),
    },
    // Copies of base models they make, and never write over.
    {
      Action: 's3:PutObject',
      Resource: `${bucket}/*/bases/*`,
      Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
    },
  ]);
});

test('jobs read the secrets, parameters and packages that the stack was given, and workers those of language models and receivers alone', () => {
  const [jobStatements, workerStatements] = [statementsOf('job'), workerStatementsOf()];
  for (const [action, resources] of [
    ['secretsmanager:GetSecretValue', ['arn:aws:secretsmanager:eu-west-1:123456789012:secret:hf-AbCdEf']],
    ['ssm:GetParameter', ['arn:aws:ssm:eu-west-1:123456789012:parameter/attune/index']],
    [
      'codeartifact:GetAuthorizationToken',
      [
        'arn:aws:codeartifact:eu-west-1:123456789012:domain/d',
        'arn:aws:codeartifact:eu-west-1:123456789012:repository/d/r',
      ],
    ],
  ] as const) {
    const [one, ...others] = allowing(jobStatements, action);
    expect([one!.Resource].flat(), action).toEqual(resources);
    expect(others, action).toEqual([]);
  }
  const ofWorkers = ['secretsmanager:GetSecretValue', 'ssm:GetParameter', 'codeartifact:GetAuthorizationToken'];
  expect(ofWorkers.flatMap((action) => allowing(workerStatements, action).flatMap(({ Resource }) => Resource))).toEqual(
    [
      'arn:aws:secretsmanager:eu-west-1:123456789012:secret:model-AbCdEf',
      'arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf',
      'arn:aws:ssm:eu-west-1:123456789012:parameter/attune/model',
      'arn:aws:ssm:eu-west-1:123456789012:parameter/attune/slack',
    ],
  );
  expect(allowing(jobStatements, 'kms:Decrypt').flatMap(({ Resource }) => Resource)).toContain(
    'arn:aws:kms:eu-west-1:123456789012:key/1a2b3c4d',
  );
  expect(allowing(jobStatements, 'sts:GetServiceBearerToken')).toMatchObject([
    { Condition: { StringEquals: { 'sts:AWSServiceName': 'codeartifact.amazonaws.com' } } },
  ]);
});

test('the workers keep an index in the vector buckets that the stack was given, and jobs change no pointer', () => {
  const named = ['bucket/docs', 'bucket/docs/index/*'].map((one) => `arn:aws:s3vectors:eu-west-1:123456789012:${one}`);

  // What comes with its metadata is asked for by a right of its own.
  for (const action of ['s3vectors:PutVectors', 's3vectors:QueryVectors', 's3vectors:GetVectors'])
    expect(
      allowing(workerStatementsOf(), action).map(({ Resource }) => Resource),
      action,
    ).toEqual([named]);
  expect(
    statementsOf('job')
      .flatMap(actionsOf)
      .filter((action) => action.startsWith('s3vectors:')),
  ).toEqual([]);
});

test("jobs pull the images that attune names, of AWS's accounts, and those that the stack was given", () => {
  const unknown = imageFor('job', 'ml.m5.xlarge', 'nowhere');
  const uris = ['ml.m5.xlarge', 'ml.g5.xlarge'].flatMap((type) =>
    (['job', 'inference'] as const).flatMap((purpose) =>
      (unknown.ok ? [] : unknown.regions).flatMap((region) => {
        const image = imageFor(purpose, type, region);
        return image.ok ? image.uri : [];
      }),
    ),
  );
  const [pull, own] = allowing(statementsOf('job'), 'ecr:BatchGetImage');

  const repositories = new Set(uris.map((uri) => /\/([^:]+):/.exec(uri)![1]!));
  expect([pull!.Resource].flat().map((arn) => (arn as string).split('/')[1])).toEqual(
    expect.arrayContaining([...repositories]),
  );
  expect([pull!.Resource].flat()).toHaveLength(repositories.size);
  const accounts = [...new Set(uris.map((uri) => uri.slice(0, 12)))];
  expect((pull!.Condition!.StringEquals!['aws:ResourceAccount'] as string[]).toSorted()).toEqual(accounts.toSorted());
  expect([own!.Resource].flat()).toEqual(['arn:aws:ecr:eu-west-1:123456789012:repository/own']);
});
