/**
 * `attune worker` as a process: how it ends, what it says, which version it is.
 * @module
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import { until } from '../support/loop.js';

const DEPLOYMENT = { deploymentName: 'attune-test', buildId: '1a2b3c4' };
/** What the worker gives its activities to end; see src/worker.ts. */
const GRACE_MS = 30_000;

let instant: InstantStack;

beforeAll(async () => {
  const { deploymentName, buildId } = DEPLOYMENT;
  instant = await startInstantStack({
    jobMs: 1000,
    workerArgs: ['--deployment-name', deploymentName, '--build-id', buildId],
  });
  await makeCurrent();
});
afterAll(() => instant.stop());

test('a run is pinned to the version of the worker that began it', async () => {
  const run = await instant.startRun({ deploy: false });
  await run.result();

  const { raw } = await run.describe();
  const { versioningInfo } = raw.workflowExecutionInfo!;
  expect(versioningInfo?.deploymentVersion).toMatchObject(DEPLOYMENT);
  expect(versioningInfo?.behavior).toBe(1); // VERSIONING_BEHAVIOR_PINNED
});

test('SIGTERM in the middle of a call lets the call end, returns within the grace time, and loses nothing', async () => {
  const created = async (): Promise<number> => (await instant.calls())['CreateTrainingJob'] ?? 0;
  const before = await created();
  await instant.faults.add([{ fault: 'slow', operation: 'CreateTrainingJob', ms: 2000 }]);
  const run = await instant.startRun({ deploy: false });
  await until(async () => (await created()) > before);
  const worker = instant.stack.services.find(({ name }) => name === 'workers')!;

  const since = Date.now();
  await worker.stop(2 * GRACE_MS);
  const tookMs = Date.now() - since;
  await instant.restart('workers');

  expect(tookMs).toBeLessThan(GRACE_MS);
  const { status, jobs } = await run.result();
  expect(status).toBe('done');
  expect(jobs.map(({ stage, status: end }) => `${stage} ${end}`)).toEqual([
    'prepare Completed',
    'train Completed',
    'evaluate Completed',
  ]);
  // The call that was in flight was neither cut off nor made again.
  expect(await created()).toBe(before + 1);
});

test("the worker's log holds one line an event, and none about what is meant to be so", () => {
  const lines = readFileSync(join(instant.stateDir, 'logs', 'workers.log'), 'utf8')
    .trim()
    .split('\n');

  expect(lines.filter((line) => /No (workflows|activities) registered|^\s+at |INFO/.test(line))).toEqual([]);
  expect(lines.join('\n')).toContain('worker: polls attune, attune-aws, attune-io');
});

test('an event for a job that nobody waits for is counted, and starts nothing', async () => {
  const events = eventsUrl();
  const headers = {
    authorization: `Bearer ${instant.stack.environment['ATTUNE_EVENTS_TOKEN']}`,
    'content-type': 'application/json',
  };
  const counts = async () => (await (await fetch(events, { headers })).json()) as Record<string, number>;
  const { nobodyWaits = 0, signalled = 0 } = await counts();
  const detail = { TrainingJobName: 'not-ours', TrainingJobStatus: 'Completed', LastModifiedTime: '0' };
  const body = JSON.stringify({
    source: 'aws.sagemaker',
    'detail-type': 'SageMaker Training Job State Change',
    detail,
  });

  const reply = await fetch(events, { method: 'POST', headers, body });

  expect(reply.status, await reply.text()).toBe(200);
  expect(await counts()).toMatchObject({ nobodyWaits: nobodyWaits + 1, signalled });
});

test('a second worker that is given a port which is taken says so, and ends', async () => {
  const port = new URL(eventsUrl()).port;
  const args = [join(projectRoot, 'dist', 'cli', 'main.js'), 'worker', '--events-port', port];
  const env = { ...process.env, ...instant.stack.environment };

  const { code, stderr } = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, args, { env }, (_error, _stdout, stderr) =>
      resolve({ code: child.exitCode, stderr }),
    );
  });

  expect(stderr).toContain(`port ${port} for events is taken`);
  expect(code).toBe(1);
});

/** As the workers told it. */
const eventsUrl = (): string =>
  /events: (http:\S+)/.exec(readFileSync(join(instant.stateDir, 'logs', 'workers.log'), 'utf8'))![1]!;

/** As `temporal worker deployment set-current-version` does; a version takes no new runs before. */
async function makeCurrent(): Promise<void> {
  const { workflowService } = instant.client;
  await until(async () => {
    try {
      await workflowService.setWorkerDeploymentCurrentVersion({
        namespace: 'default',
        ...DEPLOYMENT,
        identity: 'test',
        ignoreMissingTaskQueues: true,
      });
      return true;
    } catch (error) {
      if ((error as { code?: number }).code !== 5) throw error;
      return false; // NOT_FOUND: the version's first poll has not come yet
    }
  });
}
