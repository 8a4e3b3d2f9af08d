/**
 * More waits than slots, while AWS accepts connections and never answers: nothing is blocked for good, and nobody restarts anything.
 */
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { CONTROL_PLANE } from '../../src/aws/clients.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { until, withLoop } from '../support/loop.js';

const SLOTS = 2;
const RUNS = 5;

test('looks that hang in every slot are given up, and all runs go on when AWS answers again', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
  const hung = new SageMakerClient({ endpoint, region: 'us-east-1', credentials, ...CONTROL_PLANE });
  const sageMaker = new FakeSageMaker().withJobsThatNeverEnd('train');
  try {
    await withLoop(
      sageMaker,
      async ({ startRun }) => {
        const runs = await Promise.all(Array.from({ length: RUNS }, () => startRun({ deploy: false })));
        const trainings = () => sageMaker.jobs().filter(({ stage, describes }) => stage === 'train' && describes > 0);
        await until(() => trainings().length === RUNS);

        sageMaker.behind = hung;
        await until(() => sockets.size > SLOTS); // each slot has hung, and been given back
        for (const { name } of trainings()) await sageMaker.end(name);
        sageMaker.behind = undefined;

        const ended = await Promise.all(runs.map((run) => run.result()));
        expect(ended.map(({ status }) => status)).toEqual(runs.map(() => 'done'));
        expect(sageMaker.calls.filter(({ operation }) => operation.startsWith('Stop'))).toEqual([]);
      },
      { awsSlots: SLOTS },
    );
  } finally {
    hung.destroy();
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
}, 180_000);
