/**
 * The local stack of somebody with profiles of their own, on a machine that others use too: it starts, it works, and it answers
 * nobody else. Started by the built command line, as people start it.
 * @module
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';

const CLI = join(projectRoot, 'dist', 'cli', 'main.js');

let home: string;
let state: string;
let dev: ChildProcess;
let urls: { temporal: { address: string; ui: string }; aws: { s3: string; sagemaker: string } };
let exported: Record<string, string>;

/** A shell of somebody who works with Temporal Cloud, single sign-on and another S3. */
const hostile = (): NodeJS.ProcessEnv => ({
  ...process.env,
  HOME: home,
  // What set-up made stays where it is.
  XDG_DATA_HOME: process.env['XDG_DATA_HOME'] ?? join(process.env['HOME'] ?? '/root', '.local', 'share'),
  XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? join(process.env['HOME'] ?? '/root', '.cache'),
  XDG_CONFIG_HOME: join(home, '.config'),
  TEMPORAL_PROFILE: 'cloud',
  TEMPORAL_API_KEY: 'a-key',
  TEMPORAL_TLS: 'true',
  TEMPORAL_TLS_SERVER_NAME: 'cloud.example',
  AWS_PROFILE: 'no-such-profile',
  AWS_SESSION_TOKEN: 'a-token',
  AWS_USE_FIPS_ENDPOINT: 'true',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
});

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'attune-home-'));
  const toml = '[profile.default]\naddress = "cloud.example:7233"\nnamespace = "theirs"\napi_key = "a-key"\n';
  mkdirSync(join(home, '.config', 'temporalio'), { recursive: true });
  writeFileSync(join(home, '.config', 'temporalio', 'temporal.toml'), `${toml}${toml.replace('default', 'cloud')}`);
  mkdirSync(join(home, '.aws'));
  writeFileSync(
    join(home, '.aws', 'config'),
    '[default]\nendpoint_url = http://127.0.0.1:9\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n' +
      'role_arn = arn:aws:iam::1:role/x\nsource_profile = other\nregion = eu-west-1\n',
  );
  writeFileSync(join(home, '.aws', 'credentials'), 'this is no credentials file');
  // As an earlier version left it: open to everybody.
  state = join(home, 'state');
  for (const folder of ['', 's3', 'logs', 'temporal', 'sagemaker']) mkdirSync(join(state, folder));
  for (const folder of ['', 's3', 'logs']) chmodSync(join(state, folder), 0o755);
  chmodSync(home, 0o755);

  const ports = ['temporal', 'ui', 's3', 'sagemaker', 'events'].flatMap((name) => [`--${name}-port`, '0']);
  dev = spawn(process.execPath, [CLI, 'dev', '--state', state, '--json', ...ports], {
    env: hostile(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: dev.stdout! }), 'line')) as [string];
  urls = JSON.parse(line) as typeof urls;
  exported = JSON.parse(inShell(`attune env --state ${state} --json`)) as Record<string, string>;
}, 180_000);

afterAll(async () => {
  if (dev.exitCode === null) {
    dev.kill('SIGTERM');
    await once(dev, 'exit');
  }
  rmSync(home, { recursive: true, force: true });
});

/** What a person types, in that shell. */
function inShell(line: string): string {
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const attune = `attune() { node ${CLI} "$@"; }; `;
  return execFileSync('sh', ['-c', attune + line], { env: { ...hostile(), PATH: path }, encoding: 'utf8' });
}

test('a person with profiles of their own reaches their local stack by `attune env`', () => {
  const listed = inShell(`eval "$(attune env --state ${state})" && attune list --json`);

  expect(listed.trim()).toBe('[]');
  const left = inShell(`eval "$(attune env --state ${state})" && env`);
  expect(left).not.toMatch(/^(AWS_PROFILE|AWS_SESSION_TOKEN|AWS_ENDPOINT_URL|TEMPORAL_PROFILE|TEMPORAL_API_KEY)=/m);
});

/** Every port of the stack, with what lies behind it. */
const doors = (): [string, string][] => [
  ['SageMaker', urls.aws.sagemaker],
  ['S3', urls.aws.s3],
  ['events', eventsUrl()],
];

const eventsUrl = (): string =>
  /events: (http:\S+)/.exec(readFileSync(join(state, 'logs', 'workers.log'), 'utf8'))![1]!;

/** A request as a page or another program sends it. @returns the status */
function status(url: string, headers: Record<string, string>, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: body === undefined ? 'GET' : 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

describe('without the keys', () => {
  const command = JSON.stringify({ ProcessingJobName: 'x', AppSpecification: { ContainerEntrypoint: ['id'] } });
  const target = { 'x-amz-target': 'SageMaker.CreateProcessingJob', 'content-type': 'application/x-amz-json-1.1' };

  test.each([
    ['a program', {}],
    ['a page', { origin: 'http://attacker.example', 'content-type': 'text/plain' }],
    ['a page by a name that resolves to this machine', { host: 'attacker.example', origin: 'http://attacker.example' }],
  ])('%s is refused by every server', async (_, headers) => {
    for (const [name, url] of doors()) {
      expect([name, await status(`${url}/`, { ...target, ...headers }, command)]).toSatisfy(
        ([, code]: [string, number]) => code >= 400 && code < 500,
      );
      expect([name, await status(`${url}/attune-local`, headers)]).toSatisfy(
        ([, code]: [string, number]) => code >= 400 && code < 500,
      );
    }
  });

  test('nobody starts a workflow by HTTP', async () => {
    const ports = temporalPorts();
    expect(ports.length).toBeGreaterThan(1);
    for (const port of ports) {
      const url = `http://127.0.0.1:${port}/api/v1/namespaces/default/workflows/forged`;
      const answered = await status(url, { 'content-type': 'text/plain' }, '{}').catch(() => 0);
      expect([0, 400, 403, 404, 405]).toContain(answered);
    }
    expect(inShell(`eval "$(attune env --state ${state})" && attune list --json`).trim()).toBe('[]');
  });
});

/** Those that the Temporal server listens on, the one of its HTTP API among them. */
function temporalPorts(): number[] {
  const { services } = JSON.parse(readFileSync(join(state, 'stack.json'), 'utf8')) as { services: { pid: number }[] };
  const fds = `/proc/${services[0]!.pid}/fd`;
  const inodes = new Set(readdirSync(fds).map((fd) => /socket:\[(\d+)\]/.exec(readlinkSync(join(fds, fd)))?.[1]));
  const sockets = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1));
  const listening = sockets.map((line) => line.trim().split(/\s+/)).filter(([, , , is]) => is === '0A');
  return listening.flatMap((columns) =>
    inodes.has(columns[9]) ? [Number.parseInt(columns[1]!.split(':')[1]!, 16)] : [],
  );
}

describe('a page in a real browser', () => {
  const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find((name) =>
    (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name))),
  );
  beforeEach((context) => {
    if (!chromium && !process.env['CI']) context.skip('no chromium on PATH');
  });

  /** @returns the page as it is in the end */
  const opened = (url: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const profile = mkdtempSync(join(home, 'browser-'));
      const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-proxy-server'];
      const rebinding = '--host-resolver-rules=MAP attacker.example 127.0.0.1';
      const args = [
        ...flags,
        rebinding,
        `--user-data-dir=${profile}`,
        '--virtual-time-budget=20000',
        '--dump-dom',
        url,
      ];
      execFile(chromium ?? 'chromium', args, { timeout: 100_000 }, (error, stdout) =>
        error ? reject(new Error(error.message)) : resolve(stdout),
      );
    });

  test('of another origin reads nothing, runs nothing and ends no server', async () => {
    const targets = [...doors().map(([, url]) => url), ...temporalPorts().map((port) => `http://127.0.0.1:${port}`)];
    const script = `
      const said = [];
      const bodies = ['{}', '[{"fault":"crash","operation":"*"}]'];
      const paths = ['/', '//', '/faults', '/calls', '/attune-local', '/api/v1/namespaces/default/workflows/forged'];
      const ask = (url, options) => fetch(url, { ...options, signal: AbortSignal.timeout(3000) });
      (async () => {
        for (const url of ${JSON.stringify(targets)}) for (const path of paths) {
          for (const body of bodies) await ask(url + path, { method: 'POST', mode: 'no-cors', body }).catch(() => 0);
          await ask(url + path).then((reply) => reply.text()).then((text) => said.push(url + path + text), () => 0);
          await ask(url + path, { method: 'POST', headers: { 'x-amz-target': 'SageMaker.ListModels' }, body: '{}' })
            .then((reply) => said.push(url + path + reply.status), () => 0);
        }
        document.body.textContent = 'read: ' + JSON.stringify(said) + ' done';
      })();`;
    const page = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<body><script>${script}</script></body>`);
    });
    page.listen(0, '127.0.0.1');
    await once(page, 'listening');
    try {
      const { port } = page.address() as AddressInfo;
      expect(await opened(`http://attacker.example:${port}/`)).toContain('read: [] done');
    } finally {
      page.close();
      page.closeAllConnections();
    }
    expect(inShell(`eval "$(attune env --state ${state})" && attune list --json`).trim()).toBe('[]');
    for (const url of [urls.aws.sagemaker, eventsUrl()]) expect(await status(`${url}/health`, {})).toBe(200);
    // One line, of its one start: nothing failed inside, and nothing started it again.
    expect(
      readFileSync(join(state, 'logs', 'sagemaker.log'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(1);
  }, 120_000);

  test('of a name that resolves to this machine is shown the refusal', async () => {
    const { port: events } = new URL(eventsUrl());
    expect(await opened(`http://attacker.example:${events}/health`)).toContain('only programs of this machine');
  }, 120_000);
});

describe('another user of this machine', () => {
  const canBeAnother = process.getuid?.() === 0;

  test('can neither enter the state folder nor call a server', async (context) => {
    if (!canBeAnother && !process.env['CI']) context.skip('only root can be another user');
    const as = (program: string, ...args: string[]): Promise<{ code: number | null; out: string }> =>
      new Promise((resolve) => {
        const child = execFile(program, args, { uid: 65_534, gid: 65_534, cwd: '/' }, (_, stdout) =>
          resolve({ code: child.exitCode, out: stdout }),
        );
      });

    expect((await as('ls', home)).code).toBe(0); // only the state is closed, so the test is one of the state
    for (const path of ['', 's3', 'temporal/temporal.db', 'logs/workers.log', 'stack.json', 'temporal/client.toml'])
      expect((await as('cat', join(state, path))).code, path).not.toBe(0);
    for (const [name, url] of doors()) {
      const { out } = await as('curl', '-s', '-m', '5', '-o', '/dev/null', '-w', '%{http_code}', '-d', '{}', `${url}/`);
      expect([name, Number(out)]).toSatisfy(([, code]: [string, number]) => code >= 400 && code < 500);
    }
  });

  test('finds neither a key nor a token among the arguments of a process', () => {
    const processes = execFileSync('ps', ['-ww', '-eo', 'args'], { encoding: 'utf8' });

    for (const secret of ['AWS_SECRET_ACCESS_KEY', 'ATTUNE_EVENTS_TOKEN']) {
      expect(exported[secret]).toHaveLength(40);
      expect(processes).not.toContain(exported[secret]);
    }
  });
});

test('folders of an earlier start are closed too', () => {
  for (const folder of ['', 's3', 'temporal', 'sagemaker', 'logs'])
    expect((statSync(join(state, folder)).mode & 0o777).toString(8), folder).toBe('700');
});

test('another terminal ends it all, and a second time finds nothing', async () => {
  const gone = once(dev, 'exit');

  expect(JSON.parse(inShell(`attune dev --stop --state ${state} --json`))).toMatchObject({ stack: true });

  await gone;
  for (const [name, url] of doors()) await expect(fetch(url), name).rejects.toThrow();
  expect(JSON.parse(inShell(`attune dev --stop --state ${state} --json`))).toMatchObject({ stack: false, left: 0 });
}, 180_000);
