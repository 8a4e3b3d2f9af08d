import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createIoActivities, type Deps } from '../../src/activities/index.js';
import type { Run } from '../../src/activities/types.js';
import { MODEL_PACKAGE } from '../../src/run/modelPackage.js';
import { FakeS3 } from '../support/fakeS3.js';
import { inActivity } from '../support/inActivity.js';
import { modelArchive, MODEL_FILES } from '../support/modelArchive.js';

const FROM = 's3://bucket/run/training/job/output/model.tar.gz';
const run = {
  workflowId: 'w',
  run: '01234567',
  folder: 's3://bucket/run/',
  code: { files: 's3://bucket/code/files/' },
  images: {},
  spec: { base: 'base', encryption: {} },
} as unknown as Run;

async function packaging(archive: Buffer, s3 = new FakeS3(), deploy?: object) {
  s3.put(FROM, archive);
  const { packageModel } = createIoActivities({ s3 } as unknown as Deps);
  const result = inActivity(packageModel, {
    run: { ...run, spec: { ...run.spec, deploy } } as unknown as Run,
    modelDataUrl: FROM,
  });
  return { s3, result };
}

test("a training job's archive is kept as it is, with a manifest that lists and digests it", async () => {
  const archive = await modelArchive();
  const { s3, result } = await packaging(archive);

  const packaged = await result;

  expect(s3.objects.get(packaged.modelDataUrl)).toEqual(archive);
  expect(packaged).toMatchObject({
    modelDataUrl: `s3://bucket/run/package/${packaged.sha256.slice(0, 16)}/model.tar.gz`,
    bytes: archive.length,
    weightsBytes: MODEL_FILES['model.safetensors']!.length,
  });
  expect(s3.json(packaged.manifest)).toMatchObject({
    sha256: packaged.sha256,
    source: FROM,
    files: expect.arrayContaining([{ path: 'code/inference.py', bytes: MODEL_FILES['code/inference.py']!.length }]),
  });
});

test('a model that is trained anew lies beside the one that may be in service; one that was kept already stays there', async () => {
  const first = await packaging(await modelArchive());
  const { modelDataUrl } = await first.result;
  const anew = await modelArchive({ ...MODEL_FILES, 'README.md': 'another' });

  const second = await (await packaging(anew, first.s3)).result;

  expect(second.modelDataUrl).not.toBe(modelDataUrl);
  expect(first.s3.objects.get(modelDataUrl)).toEqual(await modelArchive());
  expect(first.s3.json(second.manifest)).toMatchObject({ model: second.modelDataUrl });

  // Where an earlier version kept it, or an earlier try.
  const before = 's3://bucket/run/package/model.tar.gz';
  first.s3.put(before, anew);
  first.s3.put(second.manifest, JSON.stringify({ sha256: second.sha256, model: before }));
  expect(await (await packaging(anew, first.s3)).result).toMatchObject({ modelDataUrl: before });
});

test('a model that the memory of its serverless endpoint cannot hold is refused before anything is made of it', async () => {
  const archive = await modelArchive();
  const serverless = (memoryMb: number) => packaging(archive, new FakeS3(), { serverless: { memoryMb } });

  await expect((await serverless(896)).result).rejects.toMatchObject({
    type: 'PackageRefused',
    message: expect.stringContaining('needs 897 MB, and deploy.serverless.memoryMb is 896') as string,
  });
  await (
    await serverless(2048)
  ).result;
});

const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(MODEL_FILES).filter(([name]) => !names.includes(name)));

type Unfit = [what: string, archive: () => Promise<Buffer>, message: string];
const unfit: Unfit[] = [
  ...MODEL_PACKAGE.required.map((file): Unfit => [
    `no ${file}`,
    () => modelArchive(without(file)),
    `${file} is missing`,
  ]),
  ...['manifest.json', '1_Pooling/MANIFEST.json'].map((name): Unfit => [
    `a file that AWS's model server takes for its own: ${name}`,
    () => modelArchive({ ...MODEL_FILES, [name]: '{}' }),
    `${name} has a name that AWS's model server takes for its own file`,
  ]),
  ...MODEL_PACKAGE.pickles.map((kind): Unfit => [
    `a ${kind}`,
    () => modelArchive({ ...MODEL_FILES, [`w${kind}`]: 'x' }),
    `w${kind} is a pickle`,
  ]),
  ['no safetensors', () => modelArchive(without('model.safetensors')), 'holds no .safetensors'],
  [
    'a link',
    () => modelArchive(MODEL_FILES, [{ name: 'link', type: 'symlink', linkname: '/etc/passwd' }]),
    'link is a symlink',
  ],
  ['a path that leads out', () => modelArchive({ ...MODEL_FILES, '../evil': 'x' }), '../evil leads out of the archive'],
  ['a folder around everything', () => modelArchive({ 'model/modules.json': '[]' }), 'modules.json is missing'],
  ['bytes that are no archive', async () => Buffer.from('not an archive'), 'cannot be unpacked'],
];

test.each(unfit)('an archive with %s is refused', async (_, archive, message) => {
  const { s3, result } = await packaging(await archive());

  await expect(result).rejects.toMatchObject({
    type: 'PackageRefused',
    nonRetryable: true,
    message: expect.stringContaining(message),
  });
  expect([...s3.objects.keys()]).toEqual([FROM]);
});

const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`file-${index}.txt`, '']));

/** A header that declares more than follows. */
function tarHeader(name: string, bytes: number, kind = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  // Octal, or in binary behind a set bit where that is too short
  header.write(
    `${Math.min(bytes, 8 ** 11 - 1)
      .toString(8)
      .padStart(11, '0')}\0`,
    124,
  );
  if (bytes >= 8 ** 11) {
    header.writeUInt32BE(0x80000000, 124);
    header.writeBigUInt64BE(BigInt(bytes), 128);
  }
  header.write('        ', 148);
  header.write(kind, 156);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

test.each<Unfit>([
  ['more entries than a model has', () => modelArchive({ ...MODEL_FILES, ...many(1_100) }), 'more than 1000 entries'],
  [
    'a name without an end',
    () => modelArchive({ ...MODEL_FILES, ['d/'.repeat(400)]: 'x' }),
    'names of more than 300 characters',
  ],
  [
    'zeros that unpack to a thousandfold',
    () => modelArchive({ ...MODEL_FILES, zeros: Buffer.alloc(150_000_000) }),
    'unpacks to more than 100 times its size',
  ],
  [
    'a header without an end',
    async () => gzipSync(Buffer.concat([tarHeader('h', 60_000_000, 'x'), Buffer.alloc(60_000_000)])),
    'Header exceeds max size',
  ],
  [
    'a folder that declares content',
    async () => gzipSync(Buffer.concat([tarHeader('folder', 100_000, '5'), Buffer.alloc(101_024)])),
    'folder is a folder of 100000 bytes',
  ],
  [
    'an escape sequence in a name',
    () => modelArchive({ ...MODEL_FILES, '\u001b]0;x\u0007.bin': 'x' }),
    '\\u001b]0;x\\u0007.bin is a pickle',
  ],
])('an archive with %s is refused, and its list is short', async (_, archive, message) => {
  const { result } = await packaging(await archive());

  await expect(result).rejects.toMatchObject({ type: 'PackageRefused', message: expect.stringContaining(message) });
});

test('an archive that unpacks to more than a model is refused before it is read to its end', async () => {
  const archive = gzipSync(Buffer.concat([tarHeader('weights.safetensors', 2 ** 36), Buffer.alloc(1024)]));
  const { result } = await packaging(archive);

  await expect(result).rejects.toMatchObject({ message: expect.stringContaining('unpacks to more than') });
});

test('everything that is wrong is said at once', async () => {
  const { result } = await packaging(await modelArchive({ 'weights.bin': 'x' }));

  await expect(result).rejects.toMatchObject({
    message: expect.stringMatching(/pickle.*modules\.json.*inference\.py.*safetensors/),
  });
});
