/** Whose an endpoint is: another spec's is not taken over, unless the spec says so. */
import { expect, test } from 'vitest';
import { awsError } from '../support/awsError.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { withLoop, type Loop } from '../support/loop.js';

const arnOf = (endpoint: string): string => `arn:aws:sagemaker:us-east-1:000000000000:endpoint/${endpoint}`;

/** Team A's model is in service, verified. */
async function deployedBy({ startRun, sageMaker }: Loop, name: string) {
  const run = await startRun({ name });
  const { endpoint } = await run.result();
  return { run, config: endpoint!.configName, models: sageMaker.modelNames() };
}

test("another spec's endpoint is refused before a job is paid for, by its owner's name and the way to take it over", async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const { startRun, sageMaker } = loop;
    const { config } = await deployedBy(loop, 'team-a');
    const jobs = sageMaker.jobs().length;

    const run = await startRun({ name: 'team-b', deploy: { endpoint: 'team-a' } });

    await expect(run.result()).rejects.toMatchObject({
      cause: {
        type: 'NameTaken',
        message: expect.stringMatching(/endpoint team-a belongs to spec team-a .*not to spec team-b.*deploy\.takeOver/),
      },
    });
    expect(sageMaker.jobs()).toHaveLength(jobs);
    expect(sageMaker.endpoints()).toEqual([{ name: 'team-a', status: 'InService', configName: config }]);
  });
});

test('one that is to be taken over is, its tags name the new owner, and what the other team made stays', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const { startRun, sageMaker } = loop;
    const { config, models } = await deployedBy(loop, 'giving');

    const run = await startRun({ name: 'taking', deploy: { endpoint: 'giving', takeOver: true } });
    const { endpoint } = await run.result();

    expect(sageMaker.endpoints()).toMatchObject([{ configName: endpoint!.configName }]);
    expect(sageMaker.tagsOf(arnOf('giving'))).toMatchObject({
      'attune:name': 'taking',
      'attune:workflow': run.workflowId,
      'attune:run-id': run.firstExecutionRunId,
      'attune:deployed': expect.stringMatching(/^\d{4}-/) as string,
    });
    expect(sageMaker.configNames()).toContain(config);
    expect(sageMaker.modelNames()).toEqual(expect.arrayContaining(models));
  });
});

test('a spec that trains anew replaces its own model, whichever workflow id the run has, and the old one goes', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const { startRun, sageMaker } = loop;
    const { config } = await deployedBy(loop, 'recurring');

    const { endpoint } = await (await startRun({ name: 'recurring' })).result();

    expect(sageMaker.configNames()).toEqual([endpoint!.configName]);
    expect(endpoint!.configName).not.toBe(config);
  });
});

test('an endpoint of a version that put no name on it belongs to the spec in whose folder its model lies', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const { startRun, sageMaker } = loop;
    const { config } = await deployedBy(loop, 'older');
    sageMaker.forgetTags(arnOf('older'), 'attune:name', 'attune:namespace', 'attune:run-id', 'attune:bucket');

    const run = await startRun({ name: 'newer', deploy: { endpoint: 'older' } });
    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'NameTaken' } });
    expect(sageMaker.endpoints()).toMatchObject([{ configName: config }]);

    expect(await (await startRun({ name: 'older' })).result()).toMatchObject({ status: 'done' });
  });
});

test('an endpoint that another run makes while this one is at it is left alone, and what this one made goes', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const { startRun, sageMaker } = loop;
    const { reached, release } = sageMaker.hold('CreateEndpointConfig');
    const run = await startRun({ name: 'meanwhile' });
    await reached;
    const config = await sageMaker.serving('meanwhile');
    release();

    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'NameTaken' } });
    expect(sageMaker.endpoints()).toEqual([{ name: 'meanwhile', status: 'InService', configName: config }]);
    expect(sageMaker.configNames()).toEqual([config]);
  });
});

test("another spec's endpoint that failed is not deleted", async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const { startRun, sageMaker } = loop;
    await deployedBy(loop, 'broken');
    sageMaker.failEndpoint('broken');

    const run = await startRun({ name: 'mender', deploy: { endpoint: 'broken' } });

    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'NameTaken' } });
    expect(sageMaker.endpoints()).toMatchObject([{ name: 'broken', status: 'Failed' }]);
  });
});

test('a deployment whose tags may not be written is told, and serves on', async () => {
  const denied = awsError('AccessDeniedException', 'User: worker is not authorized to perform: sagemaker:AddTags');
  await withLoop(new FakeSageMaker().withFault('AddTags', denied, { times: 99 }), async ({ startRun, sageMaker }) => {
    const result = await (await startRun({ name: 'untagged' })).result();

    expect(result.status).toBe('done');
    expect(result.notices.join()).toMatch(/endpoint untagged serves, but its tags do not say so: .*AddTags/);
    expect(sageMaker.endpoints()).toMatchObject([{ status: 'InService' }]);
  });
});
