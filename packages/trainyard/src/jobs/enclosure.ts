/**
 * What a container sees of the machine: its /opt/ml at that very path, and no network where it is isolated, by Linux
 * namespaces; without them a folder whose place the environment tells.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The same number of folders up from src/ and from dist/. */
export const ENCLOSE = fileURLToPath(new URL('../../python/container/enclose.py', import.meta.url));

/** Of AWS's variables, those that open no door. */
const HARMLESS = /^AWS_(REGION|DEFAULT_REGION|EC2_METADATA_DISABLED|CONFIG_FILE|SHARED_CREDENTIALS_FILE)$/;
const LEADS_OUT = /^AWS_|_proxy$|_PROXY$/;

/** The command as it is run: by the program that makes the namespaces, and becomes the command. */
export function enclosed(
  line: string[],
  {
    python,
    folder,
    at,
    network,
    names,
  }: { python: string; folder: string; at: string; network?: string; names?: string },
): string[] {
  const places = [
    ...['--folder', folder, '--at', at],
    ...(network === undefined ? [] : ['--network', network]),
    ...(names === undefined ? [] : ['--names', names]),
  ];
  return [python, '-I', '-S', ENCLOSE, ...places, '--', ...line];
}

/** The variables without keys, addresses of AWS's APIs and proxies: on AWS an isolated container has none either. */
export const withoutWayOut = (environment: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => HARMLESS.test(name) || !LEADS_OUT.test(name)));

/** @returns why this machine lets processes have no namespaces; undefined when it does */
export function whyNoNamespaces(python: string): string | undefined {
  if (process.platform !== 'linux') return 'there are none on this system';
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-'));
  const [program = '', ...args] = enclosed(['true'], {
    python,
    folder,
    at: '/opt/ml',
    network: join(folder, 'network'),
  });
  try {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    return undefined;
  } catch (error) {
    return (error as { stderr: string }).stderr.trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
