import {
  CreateModelPackageGroupCommand,
  DeleteModelPackageCommand,
  UpdateModelPackageCommand,
} from '@aws-sdk/client-sagemaker';
import { expect, test } from 'vitest';
import { approve, reject } from '../../src/run/messages.js';
import { awsError } from '../support/awsError.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, untilProgress, withLoop, type Loop } from '../support/loop.js';

const registry = { group: 'Embedders' };
const waits = { registry, deploy: { approval: 'required' as const } };
const send = ({ sageMaker }: Loop, command: object) =>
  (sageMaker.clients as { sageMaker: { send(command: object): Promise<object> } }).sageMaker.send(command);
const waiting = { status: 'waitingForApproval' };

test('a model that passes the gate and serves is an approved version with its figures', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun({ registry });

    const { artifacts, lineage } = await run.result();

    const [version, ...others] = sageMaker.registry.versions();
    expect(others).toEqual([]);
    expect(artifacts.modelPackage).toBe(version!.ModelPackageArn);
    expect(version).toMatchObject({
      ModelPackageGroupName: 'Embedders',
      ModelApprovalStatus: 'Approved',
      ApprovalDescription: expect.stringContaining('verified'),
      ModelPackageDescription: expect.stringContaining('ndcg@10 +0.050'),
      InferenceSpecification: { Containers: [{ ModelDataUrl: artifacts.package }] },
      ModelMetrics: { ModelQuality: { Statistics: { S3Uri: artifacts.report } } },
      CustomerMetadataProperties: {
        'attune:workflow': run.workflowId,
        'attune:training-job': lineage!.trainingJob,
        'attune:gain': '0.0500',
        'attune:questions': '200 people',
      },
    });
  });
});

test.each([
  ['Approved', 'done', 'approved'],
  ['Rejected', 'rejected', 'rejected'],
] as const)('%s in the registry, the run goes on to %s', async (ModelApprovalStatus, status, verdict) => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async (loop) => {
    const run = await loop.startRun(waits);
    const { artifacts } = await untilProgress(run, (now) => now.status === waiting.status);
    expect(sageMaker.registry.versions()[0]!.ModelApprovalStatus).toBe('PendingManualApproval');

    const ModelPackageArn = artifacts.modelPackage!;
    const decided = { ModelPackageArn, ModelApprovalStatus, ApprovalDescription: 'looked at 20 questions' };
    await send(loop, new UpdateModelPackageCommand(decided));

    expect(await run.result()).toMatchObject({
      status,
      approval: {
        verdict,
        by: 'the model registry',
        reason: 'looked at 20 questions',
        identity: expect.stringContaining('arn:'),
      },
    });
    expect(sageMaker.registry.versions()[0]).toMatchObject(decided);
  });
});

test.each([
  [approve, 'Approved'],
  [reject, 'Rejected'],
] as const)('decided here, the registry is told: %o', async (update, ModelApprovalStatus) => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ startRun }) => {
    const run = await startRun(waits);
    await untilProgress(run, (now) => now.status === waiting.status);

    await run.executeUpdate(update, { args: [{ by: 'R. Imai', reason: 'looked at 20 questions' }] });
    await run.result();

    expect(sageMaker.registry.versions()[0]).toMatchObject({
      ModelApprovalStatus,
      ApprovalDescription: 'R. Imai: looked at 20 questions',
    });
  });
});

test('without a deployment the version waits for whoever deploys', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async ({ startRun }) => {
    await (await startRun({ registry, deploy: false })).result();

    expect(sageMaker.registry.versions()[0]!.ModelApprovalStatus).toBe('PendingManualApproval');
  });
});

test('a model that the gate refuses is no version', async () => {
  const sageMaker = new FakeSageMaker().withEvaluation({ overBase: [-0.01, 0.02, 0.05] });
  await withLoop(sageMaker, async ({ startRun }) => {
    await (await startRun({ registry })).result();

    expect(sageMaker.registry.versions()).toEqual([]);
  });
});

test('a version whose answer was lost is not made a second time', async () => {
  const lost = awsError('InternalFailure', 'the answer was lost', 500);
  const sageMaker = new FakeSageMaker().withFault('CreateModelPackage', lost, { afterEffect: true });
  await withLoop(sageMaker, async ({ startRun }) => {
    await (await startRun({ registry })).result();

    expect(sageMaker.registry.versions()).toHaveLength(1);
  });
});

test('a group that is there is used as it is', async () => {
  const sageMaker = new FakeSageMaker();
  await withLoop(sageMaker, async (loop) => {
    await send(loop, new CreateModelPackageGroupCommand({ ModelPackageGroupName: 'Embedders' }));

    await (await loop.startRun({ registry })).result();

    expect(sageMaker.registry.versions()).toHaveLength(1);
  });
});

test('where the version is deleted while it waits, a decision here still counts', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const run = await loop.startRun(waits);
    const { artifacts } = await untilProgress(run, (now) => now.status === waiting.status);
    await send(loop, new DeleteModelPackageCommand({ ModelPackageName: artifacts.modelPackage }));
    await until(async () =>
      (await run.query<{ notices: string[] }>('progress')).notices.some((it) => it.includes('deleted')),
    );

    await run.executeUpdate(approve, { args: [{ by: 'R. Imai' }] });

    expect((await run.result()).status).toBe('done');
  });
});
