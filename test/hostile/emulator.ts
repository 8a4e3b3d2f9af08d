/**
 * The local SageMaker at the wire, as its own process: unsigned and wrongly signed requests of any form are refused; signed ones
 * with any body get an error in AWS's form, never a 500; and the process is the same one in the end.
 * @module
 */
import fc from 'fast-check';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { signedFetch } from '../../packages/trainyard/test/support/signed.js';
import { findTool } from '../../src/dev/toolchain/findTool.js';
import { judged, type Area, type Verdict } from './area.js';
import { anyRequest, exchange, isRefusal } from './wire.js';

const KEYS = { accessKeyId: 'hostile', secretAccessKey: 'a secret of the hostile suite', region: 'us-east-1' };
const MAIN = join(dirname(createRequire(import.meta.url).resolve('trainyard/package.json')), 'dist', 'main.js');

export async function hostileEmulator(inputs: number, seed: number): Promise<Verdict> {
  const state = mkdtempSync(join(tmpdir(), 'attune-hostile-'));
  const emulator = spawn(process.execPath, [MAIN, '--state', state, '--python', findTool('python'), '--faults'], {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
      AWS_REGION: KEYS.region,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(createInterface({ input: emulator.stdout }), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const half = Math.ceil(inputs / 2);
    const [unsigned, signed] = [await atTheDoor(url, half, seed), await behindIt(url, inputs - half, seed)];
    const bad = [...unsigned.bad, ...signed.bad];
    if (emulator.exitCode !== null)
      bad.push({ input: 'all of them', expected: 'a server that goes on', seen: `exit code ${emulator.exitCode}` });
    return { tried: unsigned.tried + signed.tried, bad };
  } finally {
    emulator.kill('SIGKILL');
    await once(emulator, 'exit').catch(() => undefined);
    rmSync(state, { recursive: true, force: true });
  }
}

const FORGED = `AWS4-HMAC-SHA256 Credential=hostile/20260101/us-east-1/sagemaker/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;

function atTheDoor(url: string, count: number, seed: number): Promise<Verdict> {
  const port = Number(new URL(url).port);
  const parts = {
    port,
    bodies: ['{}', '[{"fault":"crash","operation":"*"}]', '{"TrainingJobName":"x"}'],
    secrets: [FORGED, FORGED.replace('hostile/', 'other/'), 'AWS4-HMAC-SHA256', 'Basic eDp5', ''],
    paths: [
      '/faults',
      '/calls',
      '/endpoints/x/invocations',
      '/endpoints/%E0%A4%A/invocations',
      '/endpoints/../invocations',
    ],
  };
  return judged(
    anyRequest(parts),
    { count, seed, expected: 'a 4xx, and the next request is answered' },
    async (request) => {
      const status = await exchange(port, request);
      if (!isRefusal(status, request)) return `status ${status}`;
      return (await fetch(`${url}/health`)).ok ? undefined : 'no health any more';
    },
  );
}

const OPERATIONS = [
  ...['CreateTrainingJob', 'CreateProcessingJob', 'CreateHyperParameterTuningJob', 'CreateModel', 'CreateEndpoint'],
  ...[
    'DescribeTrainingJob',
    'DescribeEndpoint',
    'ListTrainingJobs',
    'AddTags',
    'ListTags',
    'UpdateEndpoint',
    'Nonsense',
  ],
].map((name) => `SageMaker.${name}`);
const LOGS = ['DescribeLogStreams', 'GetLogEvents', 'FilterLogEvents'].map((name) => `Logs_20140328.${name}`);

const anyMembers = fc.dictionary(
  fc.constantFrom(
    'TrainingJobName',
    'ProcessingJobName',
    'EndpointName',
    'ResourceArn',
    'Tags',
    'RoleArn',
    'NextToken',
    'logGroupName',
    'logStreamName',
    '__proto__',
  ),
  fc.oneof(fc.constantFrom('..', '../..', '/', '.', 'a\0b', 'x'.repeat(5_000)), fc.anything({ maxDepth: 2 })),
);

function behindIt(url: string, count: number, seed: number): Promise<Verdict> {
  const call = fc.tuple(
    fc.constantFrom(...OPERATIONS, ...LOGS, '__proto__.x', 'SageMaker.__proto__', 'SageMaker.constructor', 'x'),
    fc.oneof(
      anyMembers.map((members) => JSON.stringify(members)),
      fc.json(),
      fc.string(),
      fc.nat(3_000).map((n) => '['.repeat(n)),
    ),
  );
  return judged(call, { count, seed, expected: "an answer, or an error in AWS's form" }, async ([target, body]) => {
    const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' };
    const reply = await signedFetch(`${url}/`, { method: 'POST', headers, body }, KEYS);
    const text = await reply.text();
    if (reply.status === 200) return undefined;
    const type = (JSON.parse(text) as { __type?: string }).__type;
    return reply.status < 500 && type ? undefined : `status ${reply.status}: ${text.slice(0, 120)}`;
  });
}

export const emulatorArea: Area = { name: 'emulator', run: hostileEmulator };
