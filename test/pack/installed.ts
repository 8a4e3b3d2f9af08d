/**
 * Both packages as `npm pack` makes them, installed into an empty folder outside of this checkout: what a stranger has.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../support/loop.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  /** Of the process group. */
  pid: number;
  /** Both streams so far. */
  said(): string;
  hasEnded(): boolean;
  /** Ctrl-C, as a terminal sends it: to the program and to all that npx put around it. Resolves once they have ended. */
  interrupt(): Promise<void>;
}

export interface Installed {
  folder: string;
  packed: { file: string; bytes: number }[];
  installSeconds: number;
  /** In the folder unless another is named, to its end. */
  run(command: string, args: string[], options?: { env?: Record<string, string>; cwd?: string }): Promise<Ended>;
  /** `npx attune …` in the folder. @throws Error with all it said where it ends with another code than 0 */
  attune(args: string[], env?: Record<string, string>): Promise<string>;
  /** `npx attune …` that stays. */
  start(args: string[], env?: Record<string, string>): Running;
  /** Command lines of processes that know this folder. */
  leftRunning(): Promise<string[]>;
  remove(): void;
}

/** @param log  a line for each step, with what it took */
export async function installPacked(log: (line: string) => void): Promise<Installed> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'attune-packed-')));
  const tarballs = join(folder, 'tarballs');
  const project = join(folder, 'project');
  for (const path of [tarballs, project]) mkdirSync(path);
  // What set-up records is this folder's own; what it downloads and builds lies in the user's cache, as for everybody.
  const own = { XDG_DATA_HOME: join(folder, 'data'), NO_COLOR: '1' };
  const running = new Set<Running>();

  const run: Installed['run'] = async (command, args, { env = {}, cwd = project } = {}) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...strangersEnvironment(), ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    child.stdout.on('data', (data: Buffer) => (texts.stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (texts.stderr += data.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, ...texts };
  };
  const remove = (): void => {
    for (const { hasEnded, pid } of running) if (!hasEnded()) process.kill(-pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    for (const options of [[], ['--workspace', 'trainyard']])
      await succeeds(run('npm', ['pack', ...options, '--pack-destination', tarballs], { cwd: checkout }));
    const packed = readdirSync(tarballs).map((file) => ({ file, bytes: statSync(join(tarballs, file)).size }));
    log(`packed: ${packed.map(({ file, bytes }) => `${file} ${(bytes / 1024).toFixed(0)} KB`).join(', ')}`);

    writeFileSync(join(project, 'package.json'), '{"private": true, "type": "module"}\n');
    const since = Date.now();
    const files = packed.map(({ file }) => join(tarballs, file));
    await succeeds(run('npm', ['install', ...files, '--prefer-offline', '--no-audit', '--no-fund']));
    const installSeconds = (Date.now() - since) / 1000;
    log(`installed after ${installSeconds.toFixed(1)} s`);

    return {
      folder: project,
      packed,
      installSeconds,
      run,
      attune: async (args, env) => (await succeeds(run('npx', ['attune', ...args], { env }))).stdout,
      start: (args, env) => {
        const one = start(project, args, { ...strangersEnvironment(), ...own, ...env });
        running.add(one);
        return one;
      },
      leftRunning: async () => {
        const { stdout } = await run('ps', ['-axww', '-o', 'args']);
        return stdout.split('\n').filter((line) => line.includes(folder));
      },
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** `attune dev`, once it has described what runs. @throws Error with all it said where it ends before */
export async function startDev({ start }: Installed): Promise<Running> {
  const dev = start(['dev', '--json']);
  await until(() => dev.said().includes('"roleArn"') || dev.hasEnded());
  if (dev.hasEnded()) throw new Error(dev.said());
  return dev;
}

/** Copies of a package in the folder, by the lock that npm has just written. */
export function copiesOf(name: string, { folder }: Installed): string[] {
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>;
  };
  return Object.entries(packages)
    .filter(([where]) => where.endsWith(`node_modules/${name}`))
    .map(([, { version }]) => version);
}

function start(cwd: string, args: string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn('npx', ['attune', ...args], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  let open = true;
  const ended = once(child, 'close').then(() => void (open = false));
  return {
    pid: child.pid!,
    said: () => said,
    hasEnded: () => !open,
    interrupt: async () => {
      if (open) process.kill(-child.pid!, 'SIGINT');
      await ended;
    },
  };
}

async function succeeds(running: Promise<Ended>): Promise<Ended> {
  const ended = await running;
  if (ended.code !== 0) throw new Error(`exit code ${ended.code}\n${ended.stdout}\n${ended.stderr}`);
  return ended;
}

/** Without what npm, vitest and a stack of the caller's own have put there. */
const strangersEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_(?!config_)|INIT_CWD|VITEST|AWS_|TEMPORAL_|ATTUNE_|TRAINYARD_|NODE_(?!EXTRA)|CI$)/.test(name),
    ),
  );
