import { DeterminismViolationError } from '@temporalio/workflow';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { beforeAll, expect, inject, test } from 'vitest';
import { rawHistory, recorded, recordedHistories, recordedUpgrade, recordedUpgrades } from '../support/histories.js';

/** The one that ships. */
const workflowBundle = { code: readFileSync(inject('workflowBundle'), 'utf8') };

beforeAll(() => Runtime.install({ logger: new DefaultLogger('ERROR') }));

test('every outcome of every workflow is on record', () => {
  const outcomes = recordedHistories();
  expect(outcomes).toEqual(
    expect.arrayContaining([
      ...['done', 'gate-rejected', 'cancelled-at-train', 'job-failed', 'rolled-back', 'adopted', 'unchanged'],
      ...['tuned', 'no-trial-succeeded', 'no-capacity', 'budget-reached', 'approved', 'approval-expired'],
      ...['retried', 'gone-over-again', 'gone-over-again.deploy'],
      ...['indexed', 'index-synced', 'index-built', 'index-brought-level', 'index-retired'],
      ...['batched', 'batched.job', 'cancelled-at-batch', 'cancelled-at-batch.job', 'batch-failed', 'batch-failed.job'],
      ...['embedded-by-a-job', 'embedded-through-an-endpoint', 'cancelled-at-embed'],
      ...['done.job', 'tuned.job', 'done.deploy', 'done.queue', 'rolled-back.deploy', 'cancelled-at-train.job'],
    ]),
  );
});

test.each(recordedHistories())('a run that ended as %s replays', async (name) => {
  await Worker.runReplayHistory({ workflowBundle }, recorded(name), name);
});

test('all of them replay where workers trace: tracing may be turned on while runs are under way', async () => {
  const code = readFileSync(inject('workflowBundle').replace(/\.js$/, '.traced.js'), 'utf8');
  const histories = [
    ...recordedHistories().map((name) => ({ workflowId: name, history: recorded(name) })),
    ...recordedUpgrades().map((patch) => ({ workflowId: patch, history: recordedUpgrade(patch) })),
  ];

  const refused: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { code } }, histories))
    if (error) refused.push(`${workflowId}: ${error.message}`);
  expect(refused).toEqual([]);
  // Ninety histories one after the other, on a machine that other suites may share.
}, 240_000);

test('of every patch there is a history from before it', () => {
  const patches = [...workflowBundle.code.matchAll(/\(0, ?\w+\.patched\)\((['"])([a-z0-9-]+)\1\)/g)].map(
    ([, , name]) => name,
  );
  expect(recordedUpgrades()).toEqual([...new Set(patches)].sort());
});

test.each(recordedUpgrades())('a run from before the patch %s goes on', async (patch) => {
  await Worker.runReplayHistory({ workflowBundle }, recordedUpgrade(patch), patch);
});

test.each(recordedUpgrades())('without the patch %s it could not', async (patch) => {
  const asked = new RegExp(`\\(0, ?\\w+\\.patched\\)\\((['"])${patch}\\1\\)`, 'g');
  const unpatched = workflowBundle.code.replace(asked, 'true');
  expect(unpatched, `a patch of the name ${patch}`).not.toBe(workflowBundle.code);

  const replay = Worker.runReplayHistory({ workflowBundle: { code: unpatched } }, recordedUpgrade(patch), patch);

  await expect(replay).rejects.toBeInstanceOf(DeterminismViolationError);
});

test.each(recordedHistories())('%s was recorded from a real server', (name) => {
  expect(rawHistory(name)).toMatch(/"coreUsedFlags":\s*\[/);
});

test('a workflow whose steps have changed is refused: the replay can fail', async () => {
  const changed = workflowBundle.code.replaceAll('planJob', 'planAnotherJob');
  expect(changed).not.toBe(workflowBundle.code);

  const replay = Worker.runReplayHistory({ workflowBundle: { code: changed } }, recorded('done'), 'done');

  await expect(replay).rejects.toBeInstanceOf(DeterminismViolationError);
});

test('the bundle holds no module of Node and no AWS client', () => {
  const modules = workflowBundle.code.match(/^\/\*\*\*\/ "([^"]+)":?$/gm) ?? [];
  for (const builtin of builtinModules.filter((name) => name !== 'assert' && !name.startsWith('_'))) {
    expect(modules.join('\n')).not.toContain(`"node:${builtin}"`);
  }
  expect(workflowBundle.code).not.toContain('@aws-sdk/client-');
});

test('a whole run stays below 500 events and 300 KB of history, and 50 KB more for each job beyond its own', () => {
  const more: Record<string, number> = { 'index-brought-level': 50_000 };
  for (const name of recordedHistories()) {
    const { events } = recorded(name);
    expect(events!.length, name).toBeLessThan(500);
    expect(Buffer.byteLength(rawHistory(name)), name).toBeLessThan(300_000 + (more[name] ?? 0));
  }
});
