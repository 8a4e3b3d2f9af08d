/**
 * What a stranger has who installs both packages: the short form of `npm run test:pack`, and what their own code can import.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundledFiles, complaintsAboutExample, namesOf } from './imports.js';
import { copiesOf, installPacked, type Installed } from './installed.js';
import { localLoop } from './localLoop.js';

const lines: string[] = [];
const log = (line: string): void => void lines.push(line);
let installed: Installed;

beforeAll(async () => {
  installed = await installPacked(log);
});
afterAll(() => installed?.remove());

test('the install brings one copy of Temporal’s SDK, which an app’s own code and attune share', () => {
  for (const name of ['client', 'common', 'worker', 'workflow'])
    expect(copiesOf(`@temporalio/${name}`, installed), name).toHaveLength(1);
});

describe('the entries of the package', () => {
  test('give client, worker and messages as values, to import and to require', async () => {
    const { all, worker, workflow, required, title } = await namesOf(installed);

    expect(all).toEqual(expect.arrayContaining(['connect', 'parseSpec', 'progress', 'approve', 'TASK_QUEUE']));
    expect(worker.sort()).toEqual(['createWorkers', 'runWorker']);
    expect(workflow).toEqual(
      expect.arrayContaining(['approvalReminder', 'attuneModel', 'fineTuneMilestone', 'progress']),
    );
    expect(required.sort()).toEqual(workflow.sort());
    expect(title).toBe('attune fine-tuning spec');
  });

  test('let a workflow bundle hold `attune/workflow`, with nothing of Node or AWS in it', async () => {
    const files = await bundledFiles(installed);
    const packages = new Set(files.map((file) => /^(?:@[^/]+\/)?[^/]+/.exec(file)![0]));

    expect([...packages].filter((name) => /aws|smithy|grpc|worker|client|trainyard|commander/.test(name))).toEqual([]);
    expect(files.filter((file) => /^attune\/dist\/(?!run\/|spec\/)/.test(file))).toEqual([]);
    expect(files).toContain('attune/dist/run/messages.js');
  });

  test('have types by which examples/own-workflow compiles as an outsider’s code', async () => {
    expect(await complaintsAboutExample(installed)).toBe('');
  });
});

test('set-up, local stack, a run to its verified endpoint, a second worker, Ctrl-C: nothing is left', async () => {
  const { progress, workerPolled, saidGoodbye, left } = await localLoop(installed, log);

  expect(progress, lines.join('\n')).toMatchObject({
    status: 'done',
    decision: 'passed',
    endpoint: { name: 'packed', status: 'InService', parityMinCosine: expect.closeTo(1, 4) },
  });
  expect(workerPolled).toBe(true);
  expect(saidGoodbye).toBe(true);
  expect(left).toEqual([]);
});
