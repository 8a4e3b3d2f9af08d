import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkFor, type SpecCheck } from '../../../src/client/inputs/check.js';
import { BASE_FILES, choose, NOT_BASE_FILES, type ChosenSource } from '../../../src/client/inputs/chosen.js';
import { address } from '../../../src/client/inputs/contentAddress.js';
import { DATA_SHAPES } from '../../../src/spec/dataForms.js';
import { DOCUMENT_JUNK, whyNoDocument } from '../../../src/spec/documentFiles.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-chosen-'));
  mkdirSync(join(folder, 'docs'));
  writeFileSync(join(folder, 'docs', 'a.md'), '# A page');
});
afterEach(() => rmSync(folder, { recursive: true }));

const docs = (...path: string[]): string => join(folder, 'docs', ...path);
const check = (data: object, rest: object = {}): Promise<SpecCheck> =>
  checkFor({}, { apiVersion: 'attune/v1', name: 'a', data, ...rest }, { cwd: folder });

async function chosenFrom(data: object, rest: object = {}): Promise<ChosenSource> {
  const checked = await check(data, rest);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.upload.at(-1)!;
}
const namesOf = ({ files }: ChosenSource): string[] => files.map(({ name }) => name);
const reasonsOf = ({ told: { leftOut } }: ChosenSource): Record<string, string> =>
  Object.fromEntries(leftOut.map(({ example, why }) => [example, why]));

test('of documents only what prepare reads is taken; the rest stays behind, counted by reason', async () => {
  mkdirSync(docs('node_modules', 'x'), { recursive: true });
  mkdirSync(docs('.git'));
  mkdirSync(docs('deep'));
  for (const name of ['node_modules/x/readme.md', '.git/notes.md', '.env', 'id_rsa', 'id_rsa.txt', 'credentials.txt'])
    writeFileSync(docs(name), 'secret');
  for (const name of ['deep/B.MARKDOWN', 'c.txt', 'x.js', 'y.js']) writeFileSync(docs(name), 'text');

  const chosen = await chosenFrom({ documents: './docs' });

  expect(namesOf(chosen)).toEqual(['a.md', 'c.txt', 'deep/B.MARKDOWN']);
  expect(chosen.told.kinds).toEqual({ '.md': 1, '.txt': 1, '.markdown': 1 });
  expect(chosen.told.bytes).toBe(16);
  expect(chosen.told.leftOut.toSorted((a, b) => (a.why < b.why ? -1 : 1))).toEqual([
    { why: 'installed packages', files: 1, example: 'node_modules' },
    { why: 'its name begins with a dot', files: 2, example: '.env' },
    { why: 'named like a key or a password', files: 3, example: 'credentials.txt' },
    { why: 'no form of document that is read', files: 2, example: 'x.js', kinds: { '.js': 2 } },
  ]);
});

test('links that leave the folder, lead nowhere, to themselves or in circles stay behind; one inside is followed', async () => {
  writeFileSync(join(folder, 'outside.md'), 'not meant to be given');
  symlinkSync(join(folder, 'outside.md'), docs('away.md'));
  symlinkSync('../outside.md', docs('up.md'));
  symlinkSync('nothing', docs('dangling.md'));
  symlinkSync('self.md', docs('self.md'));
  symlinkSync('.', docs('loop.md'));
  symlinkSync('/dev/zero', docs('zero.md'));
  symlinkSync('a.md', docs('same.md'));

  const chosen = await chosenFrom({ documents: './docs' });

  expect(namesOf(chosen)).toEqual(['a.md', 'same.md']);
  expect(chosen.told.leftOut).toEqual([
    { why: 'a link that leaves the folder', files: 4, example: 'away.md' },
    { why: 'a link that leads nowhere', files: 1, example: 'dangling.md' },
    { why: 'a link that leads to itself', files: 1, example: 'self.md' },
  ]);
});

test('pipes, sockets and names that are no text stay behind, with words', async () => {
  execFileSync('mkfifo', [docs('pipe.md')]);
  const server = createServer().listen(docs('socket.md'));
  await once(server, 'listening');
  writeFileSync(Buffer.concat([Buffer.from(docs('') + '/'), Buffer.from([0xff]), Buffer.from('.md')]), 'x');
  writeFileSync(docs('a\u001b]0;title\u0007.md'), 'x');
  writeFileSync(docs('a\nb.md'), 'x');
  try {
    const chosen = await chosenFrom({ documents: './docs' });

    expect(namesOf(chosen)).toEqual(['a.md']);
    expect(reasonsOf(chosen)).toMatchObject({
      'pipe.md': 'neither a file nor a folder: a pipe, socket or device',
      'ÿ.md': 'its name is not UTF-8: rename it',
    });
    expect(chosen.told.leftOut.map(({ files }) => files).toSorted()).toEqual([1, 2, 2]);
  } finally {
    server.close();
  }
});

test.each(['pairs', 'documents'])('a pipe as %s is refused at once', async (name) => {
  execFileSync('mkfifo', [join(folder, 'pipe.jsonl')]);

  expect(await check({ [name]: './pipe.jsonl' })).toMatchObject({
    ok: false,
    problems: [{ field: `data.${name}`, mend: 'name no device, pipe or socket' }],
  });
});

test('a folder of which nothing can be used is refused with what is in it', async () => {
  rmSync(docs('a.md'));
  writeFileSync(docs('page.csv'), 'a,b');

  expect(await check({ documents: './docs' })).toMatchObject({
    ok: false,
    problems: [
      {
        field: 'data.documents',
        rule: expect.stringMatching(/^a folder with files that end in \.md, .*\.pdf/) as string,
        mend: expect.stringContaining('1 left out: no form of document that is read, such as page.csv') as string,
      },
    ],
  });
});

test('a file of judgements is refused whose ending prepare does not read', async () => {
  for (const name of ['c.jsonl', 'q.jsonl', 'qrels.txt']) writeFileSync(join(folder, name), '{"_id":"1","text":"t"}\n');

  expect(await check({ corpus: './c.jsonl', queries: './q.jsonl', qrels: './qrels.txt' })).toMatchObject({
    ok: false,
    problems: [{ field: 'data.qrels', rule: expect.stringMatching(/^a file that ends in .tsv, .tsv.gz/) as string }],
  });
});

test('of judgements only tables are taken', async () => {
  mkdirSync(join(folder, 'qrels'));
  for (const name of ['test.tsv', 'README.md']) writeFileSync(join(folder, 'qrels', name), '1\t1\t1\n');
  writeFileSync(join(folder, 'qrels', 'train.tsv.gz'), gzipSync('1\t1\t1\n'));
  for (const name of ['c.jsonl', 'q.jsonl']) writeFileSync(join(folder, name), '{"_id":"1","text":"t"}\n');

  const chosen = await chosenFrom({ corpus: './c.jsonl', queries: './q.jsonl', qrels: './qrels' });

  expect(namesOf(chosen)).toEqual(['test.tsv', 'train.tsv.gz']);
  expect(chosen.told.kinds).toEqual({ '.tsv': 1, '.tsv.gz': 1 });
});

test('a base model is what the hub would give of it, links into its own cache included', async () => {
  const model = join(folder, 'models--a--b');
  const snapshot = join(model, 'snapshots', 'c0ffee');
  mkdirSync(join(snapshot, '1_Pooling'), { recursive: true });
  mkdirSync(join(snapshot, 'onnx'));
  mkdirSync(join(model, 'blobs'));
  writeFileSync(join(model, 'blobs', 'd1'), '{}');
  for (const name of ['modules.json', 'model.safetensors', '1_Pooling/config.json', 'onnx/model.json', 'load.py'])
    symlinkSync(join(model, 'blobs', 'd1'), join(snapshot, name));
  writeFileSync(join(folder, 'other.json'), '{}');
  symlinkSync(join(folder, 'other.json'), join(snapshot, 'other.json'));
  writeFileSync(join(snapshot, 'credentials.json'), '{}');

  const chosen = await chosenFrom({ documents: './docs' }, { base: './models--a--b/snapshots/c0ffee' });

  expect(namesOf(chosen)).toEqual(['1_Pooling/config.json', 'model.safetensors', 'modules.json']);
  expect(reasonsOf(chosen)).toMatchObject({
    'other.json': 'a link that leaves the folder',
    'credentials.json': 'named like a key or a password',
    'load.py': 'no file that the jobs read',
  });
});

test.each(['.', './models--a--b', '/etc'])('%s is no base model', async (base) => {
  mkdirSync(join(folder, 'models--a--b', 'snapshots', '1'), { recursive: true });
  writeFileSync(join(folder, 'models--a--b', 'snapshots', '1', 'config.json'), '{}');

  expect(await check({ documents: './docs' }, { base })).toMatchObject({
    ok: false,
    problems: [{ field: 'base', rule: "a model's folder, with config.json or modules.json" }],
  });
});

test('a file that another one replaced since it was chosen is noticed, by link, by name and by time', async () => {
  writeFileSync(join(folder, 'secret.md'), '# A page');
  const swaps = {
    link: () => {
      unlinkSync(docs('a.md'));
      symlinkSync(join(folder, 'secret.md'), docs('a.md'));
    },
    rename: () => renameSync(join(folder, 'secret.md'), docs('a.md')),
    pipe: () => {
      unlinkSync(docs('a.md'));
      execFileSync('mkfifo', [docs('a.md')]);
    },
    content: () => writeFileSync(docs('a.md'), '# B page'),
    folder: () => {
      renameSync(docs(), join(folder, 'moved'));
      symlinkSync(join(folder, 'moved'), docs());
    },
  };
  for (const [how, swap] of Object.entries(swaps)) {
    const chosen = await chosenFrom({ documents: './docs' });
    writeFileSync(join(folder, 'secret.md'), '# A page');
    swap();
    await expect(address(chosen), how).rejects.toMatchObject({ message: expect.stringContaining('changed') as string });
    rmSync(docs(), { recursive: true, force: true });
    mkdirSync(docs());
    writeFileSync(docs('a.md'), '# A page');
  }
});

const FILES = JSON.parse(readFileSync('test/fixtures/document-files.json', 'utf8')) as Record<string, string | null>;

test.for(Object.entries(FILES))('the client takes %s as a document, or not, as the job does', ([name, why]) => {
  expect(whyNoDocument(name) ?? null).toBe(why);
});

test('what is chosen is what the jobs read: the tables here are those of Python', () => {
  const documents = readFileSync('python/attune_jobs/prepare/sources/documents/files.py', 'utf8');
  const suffixes = [...documents.matchAll(/\("(\.\w+)", "\w+"\)/g)].map(([, suffix]) => suffix!);
  const junk = [...documents.matchAll(/\(\s*"([^"]*)",\s*r"([^"]*)",?\s*\)/g)].map(([, why, name]) => [why, name]);

  expect(DATA_SHAPES.documents.suffixes).toEqual(suffixes);
  expect(DOCUMENT_JUNK.map(([why, { source }]) => [why, source.replaceAll('\\/', '/')])).toEqual(junk);
  expect(BASE_FILES).toEqual(listIn('hub.py', /^FILES = (.*)$/m));
  expect(NOT_BASE_FILES).toEqual(listIn('hub.py', /^NOT_FILES = (.*)$/m));
});

/** The texts of a tuple or list that a Python file holds. */
function listIn(file: string, pattern: RegExp): string[] {
  const [, list = ''] = pattern.exec(readFileSync(`python/attune_jobs/${file}`, 'utf8')) ?? [];
  return [...list.matchAll(/"([^"]*)"/g)].map(([, text]) => text!);
}

test('a link that a spec names itself is followed: it was meant', async () => {
  symlinkSync(docs(), join(folder, 'linked'));

  const chosen = await choose({
    field: 'data.documents',
    name: 'documents',
    path: join(folder, 'linked'),
    folder: true,
  });

  expect(chosen).toMatchObject({ files: [{ name: 'a.md' }] });
});
