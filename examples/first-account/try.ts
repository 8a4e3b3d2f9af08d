/**
 * `npx tsx examples/first-account/try.ts`: the loop on an account of yours, step by step, with what only an account can tell. Wants
 * the variables of a worker (docs/first-account.md), a worker that polls, and the example's data. Writes first-account.json.
 * @module
 */
import { ApplicationAutoScalingClient, DescribeScalableTargetsCommand } from '@aws-sdk/client-application-auto-scaling';
import { DeleteEndpointCommand, DescribeEndpointCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import type { Progress } from '../../src/run/progress.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { CHANGES, changed, NAME } from './specs.js';

const { values } = parseArgs({
  options: {
    spec: { type: 'string', default: join(projectRoot, 'examples', 'aws-api', 'spec.yaml') },
    out: { type: 'string', default: 'first-account.json' },
  },
});
const sageMaker = new SageMakerClient({});
const autoScaling = new ApplicationAutoScalingClient({});

interface Step {
  step: string;
  ok: boolean;
  seconds: number;
  found: unknown;
}
const steps: Step[] = [];
const folder = mkdtempSync(join(tmpdir(), 'attune-first-'));

try {
  await step('doctor: all is there that a run needs', async () => {
    const { code, stdout } = await attune('doctor', '--json');
    return { ok: code === 0, found: JSON.parse(stdout) as unknown };
  });
  await step('the whole loop: a model in service, verified', async () => wholeRun(await submitted('first')));
  await step('the next model takes over in steps, under autoscaling', async () => {
    const { ok, found } = await wholeRun(await submitted('next'));
    return { ok: ok && (await targets()) === 1, found };
  });
  await step('the same one on another instance type, without a job', async () => {
    const { ok, found } = await wholeRun(await submitted('moved'));
    return { ok: ok && found.looks.length === 0 && (await targets()) === 1, found };
  });
  await step('a run that is cancelled in training leaves nothing that is paid for', async () => {
    const workflowId = await submitted('cancelled');
    await until(async () => (await shown(workflowId)).jobs.some((job) => job.stage === 'train' && job.arn !== ''));
    await attune('cancel', workflowId, '--reason', 'as planned');
    const { status, stopped, jobs } = await ended(workflowId);
    const open = jobs.filter((job) => !['Completed', 'Failed', 'Stopped'].includes(job.status));
    return { ok: status === 'cancelled' && open.length === 0, found: { status, stopped } };
  });
} finally {
  await step('everything that costs money is gone', async () => {
    await sageMaker.send(new DeleteEndpointCommand({ EndpointName: NAME })).catch(() => undefined); // never made
    await until(() =>
      sageMaker.send(new DescribeEndpointCommand({ EndpointName: NAME })).then(
        () => false,
        () => true,
      ),
    );
    const { stdout } = await attune('sweep', '--delete', '--json');
    return { ok: (await targets()) === 0, found: JSON.parse(stdout) as unknown };
  });
  rmSync(folder, { recursive: true, force: true });
  writeFileSync(values.out, `${JSON.stringify(steps, undefined, 2)}\n`);
  console.log(
    `\n${steps.filter(({ ok }) => ok).length} of ${steps.length} as expected; all that was found: ${values.out}`,
  );
  process.exitCode = steps.every(({ ok }) => ok) ? 0 : 1;
}

async function step(title: string, body: () => Promise<Pick<Step, 'ok' | 'found'>>): Promise<void> {
  console.log(`… ${title}`);
  const since = Date.now();
  const outcome = await body().catch((error: unknown) => ({ ok: false, found: (error as Error).message }));
  const seconds = Math.round((Date.now() - since) / 1000);
  steps.push({ step: title, seconds, ...outcome });
  console.log(`${outcome.ok ? '✓' : '✗'} ${title} (${seconds} s)`);
  if (!outcome.ok) console.log(`  found: ${JSON.stringify(outcome.found)}`);
}

async function submitted(step: keyof typeof CHANGES): Promise<string> {
  const spec = join(folder, `${step}.yaml`);
  const given = parse(readFileSync(values.spec, 'utf8')) as FineTuneSpecInput;
  writeFileSync(spec, stringify(changed(given, dirname(resolve(values.spec)), CHANGES[step])));
  const { code, stdout, stderr } = await attune('submit', spec, '--json');
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { workflowId: string }).workflowId;
}

/** What an account alone can tell: how late an end is known, how often was asked, what it cost. */
async function wholeRun(workflowId: string) {
  const { status, failure, decision, endpoint, timeline, jobs, cost, notices } = await ended(workflowId);
  const stages = timeline.map(({ stage, startedAt, endedAt, detectionMs, dispatchMs }) => {
    const seconds = endedAt && Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
    return { stage, seconds, detectionMs, dispatchMs };
  });
  const looks = jobs.map(({ stage, seconds, describeCalls }) => ({ stage, seconds, describeCalls }));
  const found = { workflowId, status, failure, decision, endpoint, stages, looks, usd: cost.accruedUsd, notices };
  return { ok: status === 'done' && endpoint?.status === 'InService', found };
}

async function ended(workflowId: string): Promise<Progress> {
  await until(async () => !['running', 'waitingForApproval'].includes((await shown(workflowId)).status));
  return shown(workflowId);
}

async function shown(workflowId: string): Promise<Progress> {
  return JSON.parse((await attune('show', workflowId, '--json')).stdout) as Progress;
}

async function targets(): Promise<number> {
  const ResourceIds = [`endpoint/${NAME}/variant/main`];
  const described = await autoScaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker', ResourceIds }),
  );
  return described.ScalableTargets?.length ?? 0;
}

async function until(so: () => Promise<boolean>): Promise<void> {
  while (!(await so())) await sleep(2_000); // between two looks
}

function attune(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const command = [join(projectRoot, 'dist', 'cli', 'main.js'), ...args];
    const child = execFile(process.execPath, command, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}
