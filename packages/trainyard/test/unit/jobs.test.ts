import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gather, hostsOf } from '../../src/jobs/cluster.js';
import { containerCommand, isBelow, rerooted, run } from '../../src/jobs/container.js';
import { algorithmError, shortText } from '../../src/jobs/job.js';
import { JobFolder, type JobPlan, type JobState } from '../../src/jobs/jobFolder.js';
import { Journal } from '../../src/jobs/journal.js';
import { MetricReader } from '../../src/jobs/metrics.js';
import { groupRuns, identify, isAlive, MARK } from '../../src/jobs/processIdentity.js';
import { filesBelow, parseS3Uri, under } from '../../src/s3.js';
import { tarball } from '../../src/jobs/tarball.js';
import { LogWriter } from '../../src/logFiles.js';
import { Store } from '../../src/store.js';

/** A machine under load takes its time. */
const PATIENT = { timeout: 15_000 };

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'trainyard-jobs-'));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

describe('metrics', () => {
  test('the last match of each regex is the final value', () => {
    const reader = new MetricReader([
      { Name: 'loss', Regex: String.raw`\bloss=([-+0-9.eE]+)` },
      { Name: 'dev', Regex: 'dev=([0-9.]+)' },
    ]);

    const lines = ['loss=0.5 loss=0.25', 'nothing here', 'loss=2e-05', 'loss=nan', 'loss=...'];
    const seen = lines.map((line, index) => reader.read(line, index * 1000));

    expect(seen).toEqual([true, false, true, false, false]);
    expect(reader.final).toEqual([{ MetricName: 'loss', Value: 2e-5, Timestamp: 2 }]);
  });
});

describe('a path of a container', () => {
  test.each([
    ['/opt/ml/checkpoints', true],
    ['/opt/ml/checkpoints/', true],
    ['/opt/ml/a/./b', true],
    ['/opt/ml/', false],
    ['/opt/ml/.', false],
    ['/opt/ml', false],
    ['/opt/mlflow/a', false],
    ['/opt/ml/../../tmp', false],
    ['/opt/ml/a/../b', false],
    ['/tmp/checkpoints', false],
    ['opt/ml/a', false],
  ])('%s lies below /opt/ml: %s', (path, is) => {
    expect(isBelow('/opt/ml/', path)).toBe(is);
  });
});

describe('the container stand-in', () => {
  const surroundings = (interrupted: AbortSignal, graceMs = 200) => ({
    log: new LogWriter(join(scratch, 'log')),
    interrupted,
    graceMs,
    onStart: () => undefined,
    onInterruption: () => undefined,
  });
  const enclosure = { python: process.execPath, namespaces: false };
  const command = (...line: string[]) => containerCommand(enclosure, line, scratch, { OWN: '/opt/ml/model' });
  const never = new AbortController().signal;

  test('moves paths below /opt/ml and nothing else', () => {
    expect(rerooted('/opt/ml/model', '/r')).toBe('/r/model');
    expect(rerooted('/opt/ml', '/r')).toBe('/r');
    expect(rerooted('/opt/mlflow', '/r')).toBe('/opt/mlflow');
    expect(rerooted('see /opt/ml/model', '/r')).toBe('see /opt/ml/model');
  });

  test('is given what the machine has and nothing else of its owner', () => {
    const given = {
      ANTHROPIC_API_KEY: 'secret',
      GITHUB_TOKEN: 'secret',
      HF_TOKEN: 'secret',
      SSH_AUTH_SOCK: '/s',
      DATABASE_URL: 'secret',
      NODE_OPTIONS: '--inspect',
      PYTHONPATH: '/p',
      LD_LIBRARY_PATH: '/l',
      HF_HOME: '/h',
      https_proxy: 'http://p',
      CUDA_VISIBLE_DEVICES: '1',
      AWS_REGION: 'r',
    };
    const before = { ...process.env };
    Object.assign(process.env, given);
    try {
      const { environment } = containerCommand(enclosure, [], scratch);

      const passed = Object.keys(given).filter((name) => name in environment);
      expect(passed).toEqual(['LD_LIBRARY_PATH', 'HF_HOME', 'https_proxy', 'CUDA_VISIBLE_DEVICES', 'AWS_REGION']);
      expect(environment).toMatchObject({ HOME: before['HOME'] });
    } finally {
      for (const name of Object.keys(given)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });

  test('has no key, no address of an API and no proxy where it is isolated, but what the job itself gives', () => {
    const before = { ...process.env };
    const way = {
      AWS_ACCESS_KEY_ID: 'k',
      AWS_SESSION_TOKEN: 't',
      AWS_ENDPOINT_URL_S3: 'u',
      https_proxy: 'p',
      NO_PROXY: 'n',
    };
    Object.assign(process.env, way, { AWS_REGION: 'r' });
    try {
      const isolated = { ...enclosure, network: join(scratch, 'network') };
      const { environment } = containerCommand(isolated, [], scratch, { AWS_PROFILE: 'own' });

      expect(Object.keys(environment).filter((name) => name in way)).toEqual([]);
      expect(environment).toMatchObject({ AWS_REGION: 'r', AWS_PROFILE: 'own' });
    } finally {
      process.env = before;
    }
  });

  test('gives the exit code of its command, 128 + n for signal n', async () => {
    await expect(run(command('sh', '-c', 'exit 7'), surroundings(never))).resolves.toBe(7);
    await expect(run(command('sh', '-c', 'kill -9 $$'), surroundings(never))).resolves.toBe(137);
  });

  test('says which program could not be started', async () => {
    await expect(run(command('no-such-program'), surroundings(never))).rejects.toThrow(
      /no-such-program.*exit code: 127/,
    );
  });

  test('has the whole output in the log when it ends, and the variables with their paths moved', async () => {
    await run(command('sh', '-c', 'echo $OWN; echo error >&2'), surroundings(never));

    const text = readFileSync(join(scratch, 'log'), 'utf8');
    expect(text).toContain(`\t${scratch}/model\n`);
    expect(text).toContain('\terror\n');
  });

  test('ends what a command leaves running', async () => {
    let group = 0;
    const given = { ...surroundings(never), onStart: ({ pid }: { pid: number }) => (group = pid) };

    // The shell lives long enough to be identified.
    await run(command('sh', '-c', 'sleep 300 >/dev/null 2>&1 & sleep 0.5'), given);

    await expect.poll(() => groupRuns(group), PATIENT).toBe(false);
  });

  test('an interruption reaches the first process alone, and the rest when the grace is over', async () => {
    const stop = new AbortController();
    const child = `trap 'echo child saw it > ${scratch}/signalled' TERM; echo up > ${scratch}/up; while :; do sleep 0.05; done`;
    let group = 0;
    const given = { ...surroundings(stop.signal), onStart: ({ pid }: { pid: number }) => (group = pid) };
    const running = run(command('sh', '-c', `sh -c "${child}"; true`), given);
    await expect.poll(() => existsSync(join(scratch, 'up')), PATIENT).toBe(true);

    stop.abort('stop');

    await expect(running).resolves.toBe(143);
    expect(existsSync(join(scratch, 'signalled'))).toBe(false);
    await expect.poll(() => groupRuns(group), PATIENT).toBe(false);
  });
});

describe.runIf(process.platform === 'linux')('a machine that is taken away', () => {
  test('ends what left the process group too, and nothing outside the container', async () => {
    const lost = new AbortController();
    const mark = join(scratch, 'container');
    mkdirSync(mark);
    const escapes = `const { spawn } = require('node:child_process');
      const child = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
      require('node:fs').writeFileSync('up', String(child.pid));
      setInterval(() => {}, 1000);`;
    const other = spawn('sleep', ['300'], { env: { ...process.env, [MARK]: `${mark}-of-another-job` } });
    const running = run(
      containerCommand({ python: process.execPath, namespaces: false }, [process.execPath, '-e', escapes], mark),
      {
        log: new LogWriter(join(scratch, 'log')),
        interrupted: new AbortController().signal,
        lost: lost.signal,
        graceMs: 60_000,
        onStart: () => undefined,
        onInterruption: () => undefined,
      },
    );
    const started = () => (existsSync(join(mark, 'up')) ? Number(readFileSync(join(mark, 'up'), 'utf8')) : 0);
    await expect.poll(started, PATIENT).toBeGreaterThan(0);

    lost.abort();

    await expect(running).resolves.toBe(137);
    await expect.poll(() => identify(started()), PATIENT).toBeUndefined();
    expect(identify(other.pid!)).toBeDefined();
    other.kill();
  });
});

describe('the hosts of a job', () => {
  const hosts = () => {
    const request = { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2 } } as CreateTrainingJobRequest;
    const plan = { logPath: '/logs/algo-1-x%2Falgo-1-17.log' } as JobPlan;
    return hostsOf(request, plan, new JobFolder(join(scratch, 'job')));
  };

  test('have names and log streams of their own, whatever the job is called', () => {
    expect(hosts().map(({ address, logPath }) => [address, logPath])).toEqual([
      ['127.0.0.1', '/logs/algo-1-x%2Falgo-1-17.log'],
      ['127.0.0.2', '/logs/algo-1-x%2Falgo-2-17.log'],
    ]);
  });

  test('give one folder of results, in which the first host has the last word', async () => {
    const [first, second] = hosts();
    for (const { ml } of [first!, second!]) mkdirSync(join(ml, 'model', 'deep'), { recursive: true });
    writeFileSync(join(first!.ml, 'model', 'same'), 'first');
    writeFileSync(join(second!.ml, 'model', 'same'), 'second');
    writeFileSync(join(second!.ml, 'model', 'deep', 'own'), 'second');

    const folder = await gather(hosts(), 'model');

    expect(await filesBelow(folder)).toEqual(['deep/own', 'same']);
    expect(readFileSync(join(folder, 'same'), 'utf8')).toBe('first');
  });
});

describe('a failure reason', () => {
  test('keeps the exit code, however long the text is', () => {
    const reason = algorithmError('x'.repeat(5000), 3);

    expect(reason).toHaveLength(1024);
    expect(reason).toMatch(/^AlgorithmError: x+, exit code: 3$/);
  });

  test('without a text names the code', () => {
    expect(algorithmError(undefined, 139)).toBe('AlgorithmError: Exit Code: 139');
  });

  test('is read from the first 1,024 characters of a file, which must be UTF-8', () => {
    writeFileSync(join(scratch, 'long'), 'ü'.repeat(2000));
    writeFileSync(join(scratch, 'broken'), Buffer.from([0xff, 0xfe]));

    expect(shortText(join(scratch, 'long'))).toBe('ü'.repeat(1024));
    expect(() => shortText(join(scratch, 'broken'))).toThrow();
    expect(shortText(join(scratch, 'absent'))).toBeUndefined();
  });
});

describe('a job folder', () => {
  const state: JobState = {
    status: 'InProgress',
    transitions: [{ status: 'Starting', startedAt: 1, message: '' }],
    modifiedAt: 1,
    metrics: [],
  };

  test('has one runner only', () => {
    const folder = new JobFolder(join(scratch, 'job'));
    folder.create({} as JobPlan, state);

    expect(folder.claim()).toBe(true);
    expect(folder.claim()).toBe(false);
    expect(folder.runner()).toEqual(identify(process.pid));
  });

  test('shows every step of a job with the end of the one before', () => {
    const folder = new JobFolder(join(scratch, 'job'));
    folder.create({} as JobPlan, state);
    const journal = new Journal(folder);

    journal.started();
    journal.enter('Training', 'training');
    journal.end('Failed', 'Failed', 'failed', { failureReason: 'x'.repeat(2000) });

    const after = folder.state();
    expect(after.transitions.map(({ status }) => status)).toEqual(['Starting', 'Training', 'Failed']);
    expect(after.transitions[0]?.endedAt).toBe(after.transitions[1]?.startedAt);
    expect(after.endedAt).toBe(after.transitions[2]?.endedAt);
    expect(after.failureReason).toHaveLength(1024);
  });
});

test('a process is known by its number and its start', () => {
  const self = identify(process.pid);

  expect(self && isAlive(self)).toBe(true);
  expect(isAlive({ pid: process.pid, startedAt: 'another time' })).toBe(false);
});

test('an archive has the content of the folder at its root, without symbolic links', async () => {
  mkdirSync(join(scratch, 'deep'));
  writeFileSync(join(scratch, 'deep', 'b.txt'), 'b');
  writeFileSync(join(scratch, 'a.bin'), Buffer.alloc(300_000, 1));
  symlinkSync(join(scratch, 'a.bin'), join(scratch, 'link'));

  const sizes: Record<string, number | undefined> = {};
  const tar = extract();
  tar.on('entry', ({ name, size }, stream, next) => {
    sizes[name] = size;
    stream.on('end', next).resume();
  });
  await pipeline(tarball(scratch), createGunzip(), tar);

  expect(sizes).toEqual({ 'a.bin': 300_000, 'deep/b.txt': 1 });
});

test('S3 URIs are taken apart and put together', async () => {
  expect(parseS3Uri('s3://bucket/a/b/')).toEqual({ bucket: 'bucket', key: 'a/b/' });
  expect(parseS3Uri('s3://bucket')).toEqual({ bucket: 'bucket', key: '' });
  expect(() => parseS3Uri('/local/file')).toThrow(/'\/local\/file' is not an S3 URI/);
  expect(under('s3://bucket/a/', 'b')).toBe('s3://bucket/a/b');
  await expect(filesBelow(join(scratch, 'absent'))).resolves.toEqual([]);
});

test('records outlive the process that wrote them', () => {
  const name = 'arn:aws:sagemaker:r:1:model/x';
  new Store(scratch).put('tags', name, { Tags: [] });

  const later = new Store(scratch);

  expect(later.get('tags', name)).toEqual({ Tags: [] });
  expect(later.names('tags')).toEqual([name]);
  later.delete('tags', name);
  expect(new Store(scratch).list('tags')).toEqual([]);
});
