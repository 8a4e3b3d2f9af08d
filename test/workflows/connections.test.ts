/**
 * Temporal as docs/temporal-cloud.md says to reach it, by API key and by client certificate: real commands and a real worker, by
 * their variables alone, before a real server behind a door that refuses everybody else.
 */
import { Client, Connection } from '@temporalio/client';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Finding } from '../../src/client/doctor.js';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { apiKeyDoor, makeCertificates, mutualTlsDoor, type Certificates, type Door } from '../support/temporalDoors.js';
import { smallSpec, until } from '../support/loop.js';
import { withWorkerProcess } from '../support/workerProcess.js';

const KEY = 'a-key-of-the-namespace';
let certificates: Certificates;
let doors: { key: Door; certificate: Door };
let plain: Connection;

beforeAll(async () => {
  certificates = makeCertificates();
  const address = inject('temporalAddress');
  plain = await Connection.connect({ address });
  doors = {
    key: await apiKeyDoor(address, certificates, { key: KEY, namespace: 'default' }),
    certificate: await mutualTlsDoor(address, certificates),
  };
});
afterAll(async () => {
  doors.key.close();
  doors.certificate.close();
  await plain.close();
  certificates.remove();
});

type Variables = Record<string, string>;

const byKey = (TEMPORAL_API_KEY: string): Variables => ({
  TEMPORAL_ADDRESS: doors.key.address,
  TEMPORAL_NAMESPACE: 'default',
  TEMPORAL_API_KEY,
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.authority,
});
const byCertificate = (who: 'client' | 'stranger'): Variables => ({
  TEMPORAL_ADDRESS: doors.certificate.address,
  TEMPORAL_NAMESPACE: 'default',
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.authority,
  TEMPORAL_TLS_CLIENT_CERT_PATH: certificates[who].certificate,
  TEMPORAL_TLS_CLIENT_KEY_PATH: certificates[who].key,
});

/** Nobody answers there: of AWS nothing is asked that matters here. */
const AWS: Variables = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_MAX_ATTEMPTS: '1',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
  ATTUNE_BUCKET: 'documents',
  ATTUNE_ROLE_ARN: 'arn:aws:iam::111122223333:role/attune',
};

/** Half a dozen processes, one after the other, beside other suites. */
const STARTS_MS = 180_000;

/** What a command says, whatever its exit code. */
async function attune(args: string[], env: Variables): Promise<{ stdout: string; stderr: string }> {
  const main = join(projectRoot, 'dist', 'cli', 'main.js');
  const said = promisify(execFile)(process.execPath, [main, ...args], { env: { ...process.env, ...AWS, ...env } });
  return said.catch((error: { stdout: string; stderr: string }) => error);
}

async function doctor(env: Variables): Promise<Record<string, Finding>> {
  const { stdout } = await attune(['doctor', '--json'], env);
  return Object.fromEntries((JSON.parse(stdout) as Finding[]).map((finding) => [finding.check, finding]));
}

test.each([
  ['an API key', () => byKey(KEY), ['--search-attributes', 'assume']],
  ['a client certificate', () => byCertificate('client'), []],
])(
  'worker, commands and doctor reach the server by %s',
  async (_by, settings, args) => {
    const taskQueue = `test-${randomUUID()}`;
    const env: Variables = { ...settings(), ATTUNE_TASK_QUEUE: taskQueue };
    await withWorkerProcess(args, { ...AWS, ...env }, async () => {
      const client = new Client({ connection: plain });
      const spec = smallSpec();
      const run = await client.workflow.start('fineTune', { args: [spec], taskQueue, workflowId: taskQueue });

      // Shown is what the worker answers, and both come through the door.
      const { stdout, stderr } = await attune(['show', run.workflowId, '--json'], env);
      expect(stderr).not.toContain('error');
      expect(JSON.parse(stdout)).toMatchObject({ workflowId: taskQueue, status: 'running', stage: 'preflight' });
      // By name: other suites start more runs on this server meanwhile than a list shows. Lists lag behind the runs.
      await until(async () => (await attune(['list', '--name', spec.name, '--json'], env)).stdout.includes(taskQueue));

      const found = await doctor(env);
      expect(found['Temporal server']).toMatchObject({
        ok: true,
        found: expect.stringContaining(env['TEMPORAL_ADDRESS']!),
      });
      expect(found['search attributes']).toMatchObject({ ok: true });
      expect(found['workers']).toMatchObject({ ok: true });
      await run.terminate('a test');
    });
  },
  STARTS_MS,
);

test.each([
  ['another API key', () => byKey('another'), /does not accept the credentials: UNAUTHENTICATED/, /TEMPORAL_API_KEY/],
  [
    'the key of another namespace',
    () => ({ ...byKey(KEY), TEMPORAL_NAMESPACE: 'others' }),
    /does not allow this: PERMISSION_DENIED/,
    /TEMPORAL_NAMESPACE/,
  ],
  [
    'a certificate of strangers',
    () => byCertificate('stranger'),
    /TLS: the server hangs up, as one does that refuses the client cert/,
    /TEMPORAL_TLS_\*/,
  ],
  [
    'no certificate',
    () => {
      const {
        TEMPORAL_TLS_CLIENT_CERT_PATH: _,
        TEMPORAL_TLS_CLIENT_KEY_PATH: _key,
        ...without
      } = byCertificate('client');
      return without;
    },
    /wants one and got none/,
    /TEMPORAL_TLS_\*/,
  ],
  [
    'a certificate that is not there',
    () => ({ ...byCertificate('client'), TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere.pem' }),
    /settings for Temporal cannot be read: .*\/nowhere\.pem/,
    /TEMPORAL_TLS_\*_PATH/,
  ],
])('%s is refused, and worker, commands and doctor say why', async (_by, settings, why, mend) => {
  const env = settings();
  await expect(withWorkerProcess([], { ...AWS, ...env }, () => Promise.resolve())).rejects.toThrow(why);
  const { stderr } = await attune(['list'], env);
  expect(stderr).toMatch(why);
  expect(stderr).toMatch(mend);
  expect((await doctor(env))['Temporal server']).toMatchObject({
    ok: false,
    found: expect.stringMatching(why),
    mend: expect.stringMatching(mend),
  });
});
