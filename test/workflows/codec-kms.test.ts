/** The example of an encrypting codec with keys of KMS: the real client, against moto's KMS. */
import { CreateAliasCommand, CreateKeyCommand, DeleteAliasCommand, KMSClient } from '@aws-sdk/client-kms';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { configuredDataConverter } from '../../src/client/dataConverter.js';
import { progressOf } from '../../src/client/runs/progress.js';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { withLoop } from '../support/loop.js';
import { sharedMoto } from '../support/moto.js';

const moto = sharedMoto();
let kms: KMSClient;

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x').stubEnv('AWS_SECRET_ACCESS_KEY', 'x').stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ENDPOINT_URL_KMS', moto().url);
  kms = new KMSClient({});
});
afterEach(() => {
  kms?.destroy();
  vi.unstubAllEnvs();
});

/** A key of its own. @returns its alias, and its id */
async function newKey(): Promise<{ alias: string; id: string }> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const alias = `alias/${randomUUID()}`;
  const id = KeyMetadata!.KeyId!;
  await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: id }));
  return { alias, id };
}

/** As a worker or a command reads it that is given this key. */
async function codecOf(key: string) {
  vi.stubEnv('ATTUNE_CODEC_KMS_KEY', key);
  const dataConverter = await configuredDataConverter({
    ATTUNE_DATA_CONVERTER: join(projectRoot, 'examples', 'encryption', 'codec.cjs'),
  });
  return { dataConverter, codec: dataConverter.payloadCodecs![0]! };
}

const text = (data: string) => ({ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(data) });
const plainOf = ([payload]: { data?: Uint8Array | null }[]) => Buffer.from(payload!.data!).toString();

test('a whole run under a key of KMS, read by another process than the one that wrote it', async () => {
  const { alias } = await newKey();
  const writer = await codecOf(alias);
  await withLoop(
    new FakeSageMaker(),
    async ({ client, startRun }) => {
      const run = await startRun({ deploy: false });
      expect(await run.result()).toMatchObject({ status: 'done' });

      const { events } = await run.fetchHistory();
      const [stored] = events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads!;
      expect(Buffer.from(stored!.metadata!['encryption-key-id']!).toString()).toBe(alias);
      expect(Buffer.from(stored!.data!).toString('latin1')).not.toContain('s3://test-bucket');

      const reader = await codecOf(alias); // it has no data key yet: KMS unwraps
      expect(plainOf(await reader.codec.decode([stored!]))).toContain('s3://test-bucket');
      expect((await progressOf(client, run.workflowId)).status).toBe('done');
    },
    { dataConverter: writer.dataConverter },
  );
});

test('a data key that KMS does not know for its own passes as it is, and so does what was never encrypted', async () => {
  const { codec } = await codecOf((await newKey()).alias);
  const [sealed] = await codec.encode([text('"secret"')]);
  const wrapped = Buffer.from(sealed!.metadata!['encryption-data-key']!);
  const withKey = (key: Uint8Array) => ({ ...sealed!, metadata: { ...sealed!.metadata, 'encryption-data-key': key } });
  const forged = [withKey(Buffer.from(wrapped.map((byte, i) => (i === wrapped.length - 1 ? byte ^ 1 : byte))))];
  const cut = [withKey(wrapped.subarray(0, 20))];

  for (const payloads of [forged, cut, [text('"plain"')]]) expect(await codec.decode(payloads)).toEqual(payloads);
  expect(plainOf(await codec.decode([sealed!]))).toBe('"secret"');
});

/** Where AWS documents it (API reference of Decrypt), moto says AccessDeniedException, which on AWS may be a role's lack of a permission. */
test('what KMS says another key has wrapped passes as it is', async () => {
  const { alias } = await newKey();
  const sealed = await (await codecOf(alias)).codec.encode([text('"secret"')]);
  const aws = createServer((_, response) =>
    response.writeHead(400, { 'Content-Type': 'application/x-amz-json-1.1' }).end('{"__type":"IncorrectKeyException"}'),
  );
  await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
  try {
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', `http://127.0.0.1:${(aws.address() as AddressInfo).port}`);
    expect(await (await codecOf(alias)).codec.decode(sealed)).toEqual(sealed);
  } finally {
    aws.closeAllConnections();
    aws.close();
  }
});

test('a key that may not be used, or is not there now, is an error, both ways, and not for good', async () => {
  const [{ alias, id }, another] = [await newKey(), await newKey()];
  const sealed = await (await codecOf(alias)).codec.encode([text('"secret"')]);
  await expect((await codecOf(another.alias)).codec.decode(sealed)).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });

  const { codec } = await codecOf(alias);
  await kms.send(new DeleteAliasCommand({ AliasName: alias }));
  await expect(codec.decode(sealed)).rejects.toMatchObject({ name: 'NotFoundException' });
  await expect(codec.encode([text('"more"')])).rejects.toMatchObject({ name: 'NotFoundException' });

  await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: id }));
  expect(plainOf(await codec.decode(sealed))).toBe('"secret"');
  expect(plainOf(await codec.decode(await codec.encode([text('"more"')])))).toBe('"more"');
});
