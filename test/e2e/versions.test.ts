/**
 * Worker versioning and profiles as a person meets them: real workers with a build id, a real server that routes by it.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { approveRun } from '../../src/client/runs/decide.js';
import type { Finding } from '../../src/client/doctor.js';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import { until, untilProgress } from '../support/loop.js';
import { withWorkerProcess } from '../support/workerProcess.js';

let instant: InstantStack;

beforeAll(async () => {
  instant = await startInstantStack({ worker: false });
});
afterAll(() => instant.stop());

/** What a command says, whatever its exit code. */
async function attune(args: string[], env: Record<string, string> = instant.stack.environment) {
  const main = join(projectRoot, 'dist', 'cli', 'main.js');
  const said = promisify(execFile)(process.execPath, [main, ...args], { env: { ...process.env, ...env } });
  return said.catch((error: { stdout: string; stderr: string }) => error);
}

async function workersByDoctor(): Promise<Finding> {
  const { stdout } = await attune(['doctor', '--json']);
  return (JSON.parse(stdout) as Finding[]).find(({ check }) => check === 'workers')!;
}

const versioned = <T>(buildId: string, body: () => Promise<T>, more: string[] = []): Promise<T> =>
  withWorkerProcess(['--deployment-name', 'attune', '--build-id', buildId, ...more], instant.stack.environment, body);

/** As `temporal worker deployment set-current-version` does, once the server has seen the version poll. */
async function makeCurrent(buildId: string): Promise<void> {
  await until(() =>
    instant.client.workflowService
      .setWorkerDeploymentCurrentVersion({ namespace: 'default', deploymentName: 'attune', buildId })
      .then(
        () => true,
        () => false,
      ),
  );
}

test('a version that is not current is named by doctor and by show; once it is, its run goes on', async () => {
  await versioned('1', async () => {
    const run = await instant.startRun({ deploy: false });
    await until(async () => /no current version/.test((await workersByDoctor()).found));

    const command = /set-current-version --deployment-name attune --build-id 1/;
    expect(await workersByDoctor()).toMatchObject({
      ok: false,
      found: expect.stringMatching(/no current version polls task queue attune.*attune 1/) as string,
      mend: expect.stringMatching(command) as string,
    });
    const shown = await attune(['show', run.workflowId]);
    expect(shown.stderr).toMatch(/no current version polls task queue attune: there is attune 1/);
    expect(shown.stderr).toMatch(command);

    await makeCurrent('1');
    expect((await run.result()).status).toBe('done');
    await until(async () => (await workersByDoctor()).ok);
  });
});

test('a run that may move on goes on with the version that is current', async () => {
  const moves = ['--versioning-behavior', 'auto-upgrade'];
  const run = await versioned(
    '2',
    async () => {
      await makeCurrent('2');
      const begun = await instant.startRun({ deploy: { approval: 'required' } });
      await untilProgress(begun, ({ status }) => status === 'waitingForApproval');
      return begun;
    },
    moves,
  );

  await versioned(
    '3',
    async () => {
      await makeCurrent('3');
      await approveRun(instant.client, run.workflowId, { by: 'R. Imai' });
      expect((await run.result()).status).toBe('done');
    },
    moves,
  );
  const { events } = await run.fetchHistory();
  const builds = events!.flatMap(
    ({ workflowTaskCompletedEventAttributes: done }) => done?.deploymentVersion?.buildId ?? [],
  );
  expect([...new Set(builds)]).toEqual(['2', '3']);
});

test('a profile of a file says where Temporal is, to commands and to workers', async () => {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: _, ...others } = instant.stack.environment;
  const file = join(instant.stateDir, 'temporal.toml');
  writeFileSync(
    file,
    `[profile.default]\naddress = "127.0.0.1:1"\n[profile.here]\naddress = "${address}"\nnamespace = "default"\n`,
  );
  const env = { ...others, TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'here' };

  expect((await attune(['list', '--json'], env)).stderr).not.toContain('no Temporal server');
  await withWorkerProcess(['--queues', 'io'], env, async () => {
    await until(async () => {
      const { pollers } = await instant.client.workflowService.describeTaskQueue({
        namespace: 'default',
        taskQueue: { name: 'attune-io' },
        taskQueueType: 2,
      });
      return pollers.some(({ deploymentOptions }) => !deploymentOptions?.buildId); // those before had one
    });
  });
  expect((await attune(['list'], { ...env, TEMPORAL_PROFILE: 'default' })).stderr).toMatch(
    /no Temporal server answers at 127\.0\.0\.1:1/,
  );
});
