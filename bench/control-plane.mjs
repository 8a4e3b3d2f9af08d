/**
 * How quick and how light the local SageMaker's control plane is, beside moto's server in the same run.
 *
 *     node --import tsx bench/control-plane.mjs [calls]      needs `npm run setup`
 *
 * Prints JSON, then a table: milliseconds per call (p50, p99), and resident memory without jobs and with 100 finished ones.
 * Both servers get the same bytes over one kept connection; jobs are processing jobs that end at once.
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { signedHeaders } from '../packages/trainyard/test/support/signed.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const tool = (program, ...args) =>
  execFileSync(process.execPath, ['--import', 'tsx', `tools/${program}.ts`, ...args], {
    cwd: root,
    encoding: 'utf8',
  }).trim();
const python = tool('find-tool', 'python');
const versitygw = tool('find-tool', 'versitygw');
const calls = Number(process.argv[2] ?? 300);
const FINISHED_JOBS = 100;
/** Calls before the measured ones, for the compilers in both servers. */
const WARM_UP = 30;
const ROLE = 'arn:aws:iam::123456789012:role/bench';

const scratch = mkdtempSync(path.join(tmpdir(), 'attune-bench-'));
const children = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

/** moto takes service and region from the signature's scope; it checks no more of it. */
const signer = { accessKeyId: 'bench', secretAccessKey: 'bench-secret', region: 'us-east-1' };

const s3Port = await freePort();
const environment = {
  ...process.env,
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench-secret',
  AWS_REGION: 'us-east-1',
  AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${s3Port}`,
  ROOT_ACCESS_KEY: 'bench',
  ROOT_SECRET_KEY: 'bench-secret',
};
start(versitygw, ['--port', `127.0.0.1:${s3Port}`, '--quiet', 'posix', mkdtempSync(path.join(scratch, 's3-'))]);

const emulator = await startEmulator();
const moto = await startMoto();
const memory = { idleMb: residentMb(emulator.pid) };
const quick = { emulator: await measure(emulator), moto: await measure(moto) };
const creation = await finishJobs(emulator, FINISHED_JOBS);
memory.with100FinishedJobsMb = residentMb(emulator.pid);
memory.motoMb = residentMb(moto.pid);
const withJobs = await measure(emulator);

const figures = Object.keys(quick.emulator).map((call) => ({
  call,
  emulator: quick.emulator[call],
  emulatorWith100Jobs: withJobs[call],
  moto: quick.moto[call],
  timesQuickerThanMoto: round(quick.moto[call].p50 / quick.emulator[call].p50),
}));
console.log(JSON.stringify({ calls, figures, creation, memory }));
console.log(
  `\n${'call'.padEnd(26)}${'p50 ms'.padStart(9)}${'p99 ms'.padStart(9)}${'p50, 100 jobs'.padStart(15)}${'moto p50'.padStart(10)}${'ratio'.padStart(8)}`,
);
for (const { call, emulator: ours, emulatorWith100Jobs: later, moto: theirs, timesQuickerThanMoto } of figures) {
  console.log(
    `${call.padEnd(26)}${cell(ours.p50, 9)}${cell(ours.p99, 9)}${cell(later.p50, 15)}${cell(theirs.p50, 10)}${cell(timesQuickerThanMoto, 8)}`,
  );
}
console.log(`CreateProcessingJob, each starting a real job: p50 ${creation.p50} ms, p99 ${creation.p99} ms`);
console.log(
  `resident: ${memory.idleMb} MB idle, ${memory.with100FinishedJobsMb} MB with ${FINISHED_JOBS} finished jobs; moto ${memory.motoMb} MB`,
);
process.exit();

async function measure(server) {
  const name = (index) => `bench-${server.pid}-${index}-${Math.floor(performance.now())}`;
  const model = (index) => ({
    ModelName: name(index),
    ExecutionRoleArn: ROLE,
    PrimaryContainer: { Image: 'image', Environment: { A: 'b' } },
  });
  const first = model(0);
  await call(server, 'CreateModel', first);
  return {
    CreateModel: await times((index) => call(server, 'CreateModel', model(index + 1))),
    DescribeModel: await times(() => call(server, 'DescribeModel', { ModelName: first.ModelName })),
    ListProcessingJobs: await times(() => call(server, 'ListProcessingJobs', { MaxResults: 10 })),
    'DescribeTrainingJob (none)': await times(() =>
      call(server, 'DescribeTrainingJob', { TrainingJobName: 'nobody' }, 400),
    ),
  };
}

async function times(one) {
  const taken = [];
  for (let index = -WARM_UP; index < calls; index += 1) {
    const since = performance.now();
    await one(WARM_UP + index);
    if (index >= 0) taken.push(performance.now() - since);
  }
  return percentiles(taken);
}

function percentiles(taken) {
  taken.sort((a, b) => a - b);
  const at = (share) => round(taken[Math.floor(taken.length * share)]);
  return { p50: at(0.5), p99: at(0.99) };
}

/** Two at a time: more would only wait for each other. */
async function finishJobs(server, count) {
  const taken = [];
  for (let from = 0; from < count; from += 2) {
    const names = [from, from + 1].map((index) => `finished-${index}`);
    for (const ProcessingJobName of names) {
      const since = performance.now();
      await call(server, 'CreateProcessingJob', {
        ProcessingJobName,
        RoleArn: ROLE,
        AppSpecification: { ImageUri: 'image', ContainerEntrypoint: ['true'] },
        ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 } },
      });
      taken.push(performance.now() - since);
    }
    for (const ProcessingJobName of names) await ended(server, ProcessingJobName);
  }
  return percentiles(taken);
}

async function ended(server, ProcessingJobName) {
  for (;;) {
    const { ProcessingJobStatus: status } = await call(server, 'DescribeProcessingJob', { ProcessingJobName });
    if (status === 'Completed') return;
    if (status !== 'InProgress') throw new Error(`${ProcessingJobName} ended as ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function call({ port, agent }, operation, input, expected = 200) {
  const body = JSON.stringify(input);
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `SageMaker.${operation}`,
  };
  const signed = signedHeaders(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body }, signer);
  const sentHeaders = { ...signed, 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, agent, method: 'POST', path: '/', headers: sentHeaders },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => {
          if (response.statusCode === expected) resolve(text ? JSON.parse(text) : {});
          else reject(new Error(`${operation}: status ${response.statusCode}: ${text}`));
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

async function startEmulator() {
  const port = await freePort();
  const main = path.join(root, 'packages/trainyard/dist/main.js');
  const options = ['--state', path.join(scratch, 'state'), '--port', String(port), '--python', python];
  const child = start(process.execPath, [main, ...options, '--account', '123456789012', '--role', ROLE]);
  return ready({ pid: child.pid, port }, '/health');
}

async function startMoto() {
  const port = await freePort();
  const yardsticks = tool('conformance-python');
  const child = start(path.join(path.dirname(yardsticks), 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)]);
  return ready({ pid: child.pid, port }, '/moto-api/');
}

async function ready(server, at) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answers = await fetch(`http://127.0.0.1:${server.port}${at}`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) return { ...server, agent: new Agent({ keepAlive: true, maxSockets: 1 }) };
    if (Date.now() > deadline) throw new Error(`the server on port ${server.port} did not come up within 60 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function start(program, args) {
  const child = spawn(program, args, { env: environment, stdio: 'ignore' });
  children.push(child);
  return child;
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function residentMb(pid) {
  const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return Math.round(kilobytes / 1024);
}

function round(value) {
  return Math.round(value * 100) / 100;
}

function cell(value, width) {
  return value.toFixed(2).padStart(width);
}
