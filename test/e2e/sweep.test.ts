/**
 * What is left behind and what is not: real runs on a real Temporal server, resources in the local SageMaker.
 */
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  DescribeModelCommand,
  DescribeProcessingJobCommand,
  UpdateEndpointCommand,
} from '@aws-sdk/client-sagemaker';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownerMetadata } from '../../src/aws/tags.js';
import { sweep, type Sweep, type SweepOptions } from '../../src/client/sweep/sweep.js';
import { knownBy } from '../../src/client/sweep/temporal.js';
import { jobWorkflowId } from '../../src/run/ids.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import { until, untilProgress } from '../support/loop.js';

/** Long enough for a look at a job that runs. */
const JOB_MS = 6_000;

let instant: InstantStack;
beforeAll(async () => {
  instant = await startInstantStack({ jobMs: JOB_MS });
});
afterAll(() => instant?.stop());

function swept(options?: SweepOptions): Promise<Sweep> {
  const { client, sageMaker, bedrock, s3, stack } = instant;
  return sweep({ temporal: knownBy(client), sageMaker, autoScaling, bedrock }, options, {
    s3,
    bucket: stack.describe.bucket,
    prefix: 'attune',
  });
}
/** No endpoint here scales. */
const autoScaling = { send: () => Promise.reject(new Error('nobody asked for autoscaling')) };
const names = ({ leftovers }: Sweep): string[] => leftovers.map(({ kind, name }) => `${kind} ${name}`);

interface Owner {
  workflowId: string;
  run: string;
  runId?: string;
  namespace?: string;
}

/** A run that was terminated before it came to anything. */
async function terminatedRun(): Promise<Owner> {
  const workflowId = `finetune/gone-${randomUUID()}`;
  const handle = await instant.client.workflow.start('fineTune', { workflowId, taskQueue: 'nobody-polls', args: [{}] });
  await handle.terminate();
  const runId = handle.firstExecutionRunId;
  return { workflowId, run: runId.slice(-8), runId, namespace: 'default' };
}

const tagsOf = ({ workflowId, run, runId, namespace }: Owner) => [
  { Key: 'attune:workflow', Value: workflowId },
  { Key: 'attune:run', Value: run },
  ...(runId === undefined ? [] : [{ Key: 'attune:run-id', Value: runId }]),
  ...(namespace === undefined ? [] : [{ Key: 'attune:namespace', Value: namespace }]),
];

/** As a deployment makes them, over the archive of a run that was deployed. */
async function makeModel(name: string, owner: Owner, modelDataUrl: string): Promise<void> {
  const image = '763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-inference:x';
  await instant.sageMaker.send(
    new CreateModelCommand({
      ModelName: name,
      ExecutionRoleArn: instant.stack.describe.roleArn,
      PrimaryContainer: { Image: image, ModelDataUrl: modelDataUrl },
      Tags: tagsOf(owner),
    }),
  );
}

/** A config of a model of the same name. */
async function makeConfig(name: string, owner: Owner, modelDataUrl: string): Promise<void> {
  await makeModel(name, owner, modelDataUrl);
  await instant.sageMaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: name,
      ProductionVariants: [
        { VariantName: 'main', ModelName: name, InstanceType: 'ml.m5.xlarge', InitialInstanceCount: 1 },
      ],
      Tags: tagsOf(owner),
    }),
  );
}

async function makeEndpoint(name: string, config: string, owner?: Owner): Promise<void> {
  const Tags = owner && tagsOf(owner);
  await instant.sageMaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: config, Tags }));
  await until(async () => (await statusOf(name)) === 'InService');
}

const statusOf = async (endpoint: string): Promise<string | undefined> =>
  (await instant.sageMaker.send(new DescribeEndpointCommand({ EndpointName: endpoint }))).EndpointStatus;

test('the job of a run goes on untouched until the run was terminated; then it is listed, and stopped', async () => {
  const run = await instant.startRun();
  const { jobs } = await untilProgress(run, (now) => now.jobs.some(({ arn }) => arn !== ''));
  const job = jobs[0]!.name;
  await instant.kill('workers'); // or they would stop the job themselves

  expect(names(await swept({ delete: true }))).toEqual([]);

  await run.terminate();
  await instant.client.workflow.getHandle(jobWorkflowId(job)).terminate();
  expect(names(await swept())).toEqual([`processingJob ${job}`]);
  const { leftovers } = await swept({ delete: true });
  expect(leftovers).toMatchObject([
    { workflowId: run.workflowId, why: 'its run is over: terminated', outcome: 'stopped', ownerKnown: true },
  ]);
  expect((await swept()).batchesUnseen, 'of a server that has no Bedrock').toBeUndefined();

  const described = await instant.sageMaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: job }));
  expect(described.ProcessingJobStatus).toMatch(/^Stopp(ing|ed)$/);
  await instant.restart('workers');
});

test('what serves is kept, however its run ended or was forgotten; the rest of dead runs goes', async () => {
  const run = await instant.startRun();
  const { endpoint, artifacts } = await run.result();
  const archive = artifacts.package!;
  const [dead, forgotten] = [await terminatedRun(), { workflowId: 'finetune/forgotten', run: '0123abcd' }];

  await makeConfig('attune-half-made', dead, archive);
  await makeEndpoint('half-made', 'attune-half-made', dead);
  await makeConfig('attune-forgotten', forgotten, archive);
  await makeEndpoint('forgotten', 'attune-forgotten', forgotten);
  await makeConfig('attune-forgotten-unused', forgotten, archive);
  await makeConfig('attune-changed', dead, archive);
  await makeEndpoint('changed', 'attune-forgotten', forgotten);
  await instant.sageMaker.send(
    new UpdateEndpointCommand({ EndpointName: 'changed', EndpointConfigName: 'attune-changed' }),
  );
  await makeConfig('somebody-elses', dead, archive);
  await makeEndpoint('foreign', 'somebody-elses');
  await until(async () => (await statusOf('changed')) === 'InService');

  const ofDead = ['endpoint half-made', 'endpointConfig attune-half-made', 'model attune-half-made'];
  const unknown = ['endpointConfig attune-forgotten-unused', 'model attune-forgotten-unused'];
  const listed = await swept();
  expect(names(listed).sort()).toEqual([...ofDead, ...unknown].sort());
  expect(Object.fromEntries(listed.kept.map(({ name, why }) => [name, why]))).toEqual({
    [endpoint!.name]: expect.stringMatching(/^deployed and verified at \d{4}-/) as string,
    forgotten: 'in service, and this Temporal namespace does not know its run',
    changed: expect.stringContaining('deploy again') as string,
  });

  const removed = await swept({ delete: true });
  expect(removed.leftovers.filter(({ outcome }) => outcome === 'removed')).toHaveLength(3);
  await expect(statusOf('half-made').then((status) => status ?? '')).rejects.toThrow(/not find/i);
  expect(names(await swept()).sort()).toEqual(unknown.sort());

  await swept({ delete: true, includeUnknown: true });
  expect(names(await swept())).toEqual([]);
  for (const name of [endpoint!.name, 'forgotten', 'changed', 'foreign'])
    expect(await statusOf(name)).toBe('InService');
  for (const ModelName of ['attune-forgotten', 'attune-changed', 'somebody-elses'])
    await instant.sageMaker.send(new DescribeModelCommand({ ModelName })); // throws where it is gone
});

/** The folders that were found, each with the reason where it is kept. */
const foldersOf = ({ scratch = [] }: Sweep): Record<string, string | undefined> =>
  Object.fromEntries(scratch.map(({ folder, kept }) => [folder, kept]));

const keysIn = async (folder: string): Promise<string[]> => {
  const [, Bucket, Prefix] = /^s3:\/\/([^/]+)\/(.*)$/.exec(folder)!;
  const { Contents = [] } = await instant.s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key }) => Key!.slice(Prefix!.length));
};

async function put(uri: string, Metadata?: Record<string, string>): Promise<void> {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri)!;
  await instant.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'something', Metadata }));
}

const folderOf = (name: string, run: { firstExecutionRunId: string }): string =>
  `s3://${instant.stack.describe.bucket}/attune/${name}/${run.firstExecutionRunId.slice(-8)}/`;

test('the S3 folder of a run that came to nothing is listed with its size, and goes only when it is asked for', async () => {
  const cancelled = await instant.startRun({ name: 'scratch-cancelled' });
  await untilProgress(cancelled, (now) => now.jobs.some(({ arn }) => arn !== ''));
  const folder = folderOf('scratch-cancelled', cancelled);
  expect(foldersOf(await swept())).not.toHaveProperty([folder]); // it runs
  await cancelled.cancel();
  await expect(cancelled.result()).rejects.toThrow();

  const { scratch } = await swept({ delete: true });
  const listed = scratch!.find((one) => one.folder === folder)!;
  expect(listed).toMatchObject({
    why: 'its run is over: cancelled',
    ownerKnown: true,
    workflowId: cancelled.workflowId,
  });
  expect(listed.bytes).toBeGreaterThan(0);
  expect(listed).not.toHaveProperty('outcome');
  expect(await keysIn(folder)).toContain('spec.json');

  const removed = await swept({ delete: true, scratch: true });
  expect(removed.scratch!.find((one) => one.folder === folder)).toMatchObject({ outcome: 'removed' });
  expect(await keysIn(folder)).toEqual([]);
});

test('the folder of a run that was decided, evaluated or serves, and what is not a run of attune, is never removed', async () => {
  const done = await instant.startRun({ name: 'scratch-done', deploy: false });
  const evaluated = await instant.startRun({ name: 'scratch-evaluated', deploy: { approval: 'required' } });
  await done.result();
  await untilProgress(evaluated, ({ status }) => status === 'waitingForApproval');
  await evaluated.terminate();
  const serving = await instant.startRun({ name: 'scratch-serving' });
  await untilProgress(serving, ({ stage }) => stage === 'prepare'); // long before there is an evaluation
  await serving.cancel();
  await expect(serving.result()).rejects.toThrow();
  const archive = `${folderOf('scratch-serving', serving)}training/job/output/model.tar.gz`;
  await put(archive);
  await makeModel('somebodys-model', await terminatedRun(), archive);
  const foreign = `s3://${instant.stack.describe.bucket}/attune/scratch-foreign/0123abcd/`;
  await put(`${foreign}spec.json`);
  const forgotten = `s3://${instant.stack.describe.bucket}/attune/scratch-forgotten/0123abcd/`;
  await put(`${forgotten}spec.json`, ownerMetadata({ workflowId: 'finetune/forgotten', run: '0123abcd' }));

  const found = foldersOf(await swept({ delete: true, scratch: true }));

  expect(found).toMatchObject({
    [folderOf('scratch-evaluated', evaluated)]: 'its model was evaluated',
    [folderOf('scratch-serving', serving)]: 'model somebodys-model is made from it',
  });
  expect(found).toHaveProperty([forgotten], undefined);
  for (const name of ['scratch-done', 'scratch-foreign']) expect(Object.keys(found).join()).not.toContain(name);
  for (const folder of [folderOf('scratch-done', done), ...Object.keys(found), foreign])
    expect(await keysIn(folder), folder).toContain('spec.json');

  await swept({ delete: true, scratch: true, includeUnknown: true });
  expect(await keysIn(forgotten)).toEqual([]);
});

test('attune sweep --json prints one value, and says on stderr what to do next', async () => {
  const owner = await terminatedRun();
  await makeModel('attune-alone', owner, `s3://${instant.stack.describe.bucket}/alone/model.tar.gz`);
  const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const attune = (...args: string[]) =>
    promisify(execFile)(process.execPath, [program, 'sweep', ...args], {
      env: { ...process.env, ...instant.stack.environment },
    });

  const { stdout, stderr } = await attune('--json');
  const { leftovers } = JSON.parse(stdout) as Sweep;
  expect(leftovers).toMatchObject([{ kind: 'model', name: 'attune-alone', ...owner }]);
  expect(stderr).toContain('next: attune sweep --delete');

  expect((await attune('--delete')).stdout).toMatch(/attune-alone .* removed/);

  const run = await instant.startRun({ name: 'scratch-shown' });
  await untilProgress(run, (now) => now.jobs.some(({ arn }) => arn !== ''));
  await run.cancel();
  await expect(run.result()).rejects.toThrow();
  const shown = await attune();
  expect(shown.stdout).toMatch(/scratch-shown\/\w{8}\/ +0\.0 MB +finetune\/scratch-shown +its run is over: cancelled/);
  expect(shown.stderr).toContain('next: attune sweep --delete --scratch');
});
