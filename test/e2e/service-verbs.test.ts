/**
 * What a person asks about a run and its endpoint once it is done, by the built command line over real processes.
 */
import { DescribeEndpointCommand } from '@aws-sdk/client-sagemaker';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';

let instant: InstantStack;
const name = `verbs-${process.pid}`;

beforeAll(async () => {
  instant = await startInstantStack({ jobMs: 300 });
  expect((await (await instant.startRun({ name })).result()).status).toBe('done');
});
afterAll(() => instant.stop());

/** As a script calls it: there is nobody to be asked. */
function attune(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'], HOME: instant.stateDir, ...instant.stack.environment };
  return new Promise((ended) => {
    const child = execFile(
      process.execPath,
      [join(projectRoot, 'dist/cli/main.js'), ...args],
      { cwd: instant.stateDir, env },
      (_, stdout, stderr) => ended({ code: child.exitCode ?? -1, stdout, stderr }),
    );
    child.stdin?.end();
  });
}
const json = async <T>(...args: string[]): Promise<T> => {
  const { code, stdout, stderr } = await attune(...args, '--json');
  expect([code, stderr]).toEqual([0, stderr]);
  return JSON.parse(stdout) as T;
};

test("a job's log is there line by line, and its end alone where that is asked for", async () => {
  const { code, stdout } = await attune('logs', name, '--stage', 'train', '--json');
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { text: string });
  const last = await attune('logs', name, '--stage', 'train', '--tail', '1');

  expect(code).toBe(0);
  expect(lines.map(({ text }) => text).join('\n')).toContain('dev_ndcg_at_10=0.7');
  expect(last.stdout.trim().split('\n')).toEqual([expect.stringContaining(lines.at(-1)!.text)]);
  expect(await attune('logs', name, '--stage', 'tune')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is a log of: prepare, train, evaluate, deploy'),
  });
  expect(await attune('logs', name, '--tail', '1', '--follow')).toMatchObject({ code: 2, stdout: '' });
});

test('a log that is followed ends with its job', async () => {
  const { code, stdout } = await attune('logs', name, '--stage', 'train', '--follow');

  expect(code).toBe(0);
  expect(stdout).toContain('attune-metric');
});

test('scores, page and report are told, the report by a link that anybody can open', async () => {
  const [point] = await json<{ candidate: { mean: number } }[]>('trend', name);
  const { ui } = await json<{ ui: string }>('open', name);
  const { url } = await json<{ url: string }>('report', name, '--share', '1h');

  expect(point).toMatchObject({ candidate: { mean: 0.7 }, status: 'done', endpoint: name });
  expect(ui).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/finetune%2Fverbs/);
  expect((await fetch(url)).status).toBe(200);
  expect(await attune('report', name, '--share', '8d')).toMatchObject({ code: 2, stdout: '' });
});

test('from the first model there is no way back, and the refusal says so', async () => {
  const { code, stdout, stderr } = await attune('rollback', name, '--by', 'R. Imai');

  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/is the first: none served before it\nnext: `attune list/);
});

test('an endpoint is taken away when that is certain, with all that attune made for it', async () => {
  const unasked = await attune('undeploy', name);
  expect(unasked).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--yes') });

  const { removes, done } = await json<{ removes: { kind: string }[]; done: boolean }>('undeploy', name, '--yes');

  expect([done, removes.map(({ kind }) => kind)]).toEqual([true, ['endpoint', 'endpointConfig', 'model']]);
  await expect(instant.sageMaker.send(new DescribeEndpointCommand({ EndpointName: name }))).rejects.toThrow();
  expect(await attune('undeploy', name, '--yes')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no endpoint'),
  });
});
