/** One deployment at a time per endpoint, in the order in which the runs came. */
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { Ticket } from '../../src/run/messages.js';
import { queueOf } from '../support/endpointWorkflows.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, withLoop, type Loop, type Run } from '../support/loop.js';

/** The runs that sent a signal to the newest queue of an endpoint, in the order in which it came. */
async function heard(client: Client, endpoint: string, signal: string): Promise<string[]> {
  const { events } = await client.workflow.getHandle(queueOf(endpoint)).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signaled }) =>
    signaled?.signalName === signal
      ? [defaultPayloadConverter.fromPayload<Ticket>(signaled.input!.payloads![0]!).workflowId]
      : [],
  );
}

const isOver = async (client: Client, endpoint: string): Promise<boolean> =>
  (await client.workflow.getHandle(queueOf(endpoint)).describe()).status.name === 'COMPLETED';

/** Three runs: the first changes the endpoint and is held in the middle of it, the others wait in the order of their start. */
async function threeInARow({ startRun, sageMaker, client }: Loop, endpoint: string) {
  const { reached, release } = sageMaker.hold('UpdateEndpoint');
  const start = (id: string): Promise<Run> =>
    startRun({ name: endpoint, deploy: { endpoint } }, { workflowId: `${endpoint}-${process.pid}-${id}` });
  const first = await start('first');
  await reached;
  const waits = async (id: string): Promise<Run> => {
    const run = await start(id);
    await until(async () => (await heard(client, endpoint, 'takePlace')).includes(run.workflowId));
    return run;
  };
  const second = await waits('second');
  const third = await waits('third');
  return { first, second, third, release };
}

test('three runs change an endpoint in their order, and each later one is compared with what it finds there', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const { sageMaker, client } = loop;
    const endpoint = 'in-order';
    await sageMaker.serving(endpoint);
    const { first, second, third, release } = await threeInARow(loop, endpoint);

    sageMaker.withJobsThatNeverEnd('evaluate');
    const evaluation = (run: Run) => sageMaker.newestOf('evaluate', run.workflowId)!;
    const earlier = [second, third].map((run) => evaluation(run).name);
    release();
    expect(await first.result()).toMatchObject({ status: 'done' });
    // Both found another model than they were compared with, and evaluate again.
    await until(() => [second, third].every((run, i) => evaluation(run).name !== earlier[i]));
    expect(await heard(client, endpoint, 'leavePlace')).toEqual([first, second, third].map((run) => run.workflowId));
    await until(() => isOver(client, endpoint));

    // Now the third is ready before the second.
    await sageMaker.end(evaluation(third).name);
    const thirdResult = await third.result();
    sageMaker.letJobsEnd('evaluate');
    await sageMaker.end(evaluation(second).name);
    const secondResult = await second.result();

    expect([secondResult.status, thirdResult.status]).toEqual(['done', 'done']);
    expect(secondResult.notices.filter((notice) => notice.includes('another model went into service'))).toHaveLength(2);
    expect(thirdResult.notices.filter((notice) => notice.includes('another model went into service'))).toHaveLength(1);
    expect(sageMaker.updates.map(({ EndpointConfigName }) => EndpointConfigName).slice(1)).toEqual([
      thirdResult.endpoint!.configName,
      secondResult.endpoint!.configName,
    ]);
    expect(sageMaker.configNames()).toEqual([secondResult.endpoint!.configName]);
    await until(() => isOver(client, endpoint));
  });
}, 120_000);

test.each(['cancelled', 'terminated'])(
  'a run that is %s while it waits holds nobody up',
  async (how) => {
    await withLoop(new FakeSageMaker(), async (loop) => {
      const { sageMaker, client } = loop;
      const endpoint = `left-${how}`;
      await sageMaker.serving(endpoint);
      const { first, second, third, release } = await threeInARow(loop, endpoint);

      await (how === 'cancelled' ? second.cancel() : second.terminate('by a person'));
      await expect(second.result()).rejects.toThrow();
      release();

      expect(await first.result()).toMatchObject({ status: 'done' });
      const result = await third.result();
      expect(result).toMatchObject({ status: 'done' });
      expect(sageMaker.configNames()).toEqual([result.endpoint!.configName]);
      await until(() => isOver(client, endpoint));
    });
  },
  120_000,
);

test('a run that is terminated while it changes the endpoint leaves it to the next one', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const { sageMaker, client } = loop;
    await sageMaker.serving('abandoned');
    const { first, second, third, release } = await threeInARow(loop, 'abandoned');

    await first.terminate('by a person');
    release();

    const results = await Promise.all([second.result(), third.result()]);
    expect(results.map(({ status }) => status)).toEqual(['done', 'done']);
    await until(() => isOver(client, 'abandoned'));
  });
}, 120_000);

test('a queue that a person terminates is started again by those who wait', async () => {
  await withLoop(new FakeSageMaker(), async (loop) => {
    const { client, sageMaker } = loop;
    await sageMaker.serving('requeued');
    const { first, second, third, release } = await threeInARow(loop, 'requeued');

    await client.workflow.getHandle(queueOf('requeued')).terminate();
    release();

    const results = await Promise.all([first, second, third].map((run) => run.result()));
    expect(results.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
  });
}, 120_000);

test.each([
  ['accounts', { roleArn: 'arn:aws:iam::999999999999:role/test' }],
  ['regions', { region: 'eu-west-1' }],
] as const)(
  'endpoints of one name in two %s behind one namespace are two: neither waits for the other',
  async (where, settings) => {
    const endpoint = `same-name-${where}`;
    const [here, there] = [new FakeSageMaker(), new FakeSageMaker()];
    if ('roleArn' in settings) there.roles.add(settings.roleArn);
    await withLoop(here, (ofHere) =>
      withLoop(
        there,
        async (ofThere) => {
          await here.serving(endpoint);
          const { reached, release } = here.hold('UpdateEndpoint');
          const held = await ofHere.startRun({ name: endpoint, deploy: { endpoint } });
          await reached;

          const other = await ofThere.startRun({ name: endpoint, deploy: { endpoint } });

          expect(await other.result()).toMatchObject({ status: 'done' });
          release();
          expect(await held.result()).toMatchObject({ status: 'done' });
        },
        { settings },
      ),
    );
  },
  120_000,
);
