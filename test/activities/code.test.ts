import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { digestOf, readSources, uploadCode } from '../../src/activities/code.js';
import type { Deps } from '../../src/activities/index.js';
import { projectRoot, providedTool } from '../../src/dev/toolchain/findTool.js';
import { FakeS3 } from '../support/fakeS3.js';

test('jobs get the Python sources and what these read, and nothing else that lies in the folder', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'attune-code-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = [
    'train.py',
    'job.py',
    'arrival.py',
    'locks/any.txt',
    'locks/job-gpu.txt',
    'attune_jobs/__init__.py',
    'attune_jobs/serving/inference.py',
    'attune_jobs/serving/package_rule.json',
    'attune_jobs/serving/onnxruntime.txt',
    'attune_jobs/serving/requirements.txt',
  ];
  const strays = [
    '.env',
    'requirements.txt',
    'locks/notes.md',
    'attune_jobs/.env',
    'attune_jobs/.hidden.py',
    'attune_jobs/.git/config.py',
    'attune_jobs/credentials.json',
    'attune_jobs/id_rsa',
    'attune_jobs/notes.txt',
    'attune_jobs/inference.py.swp',
    'attune_jobs/__pycache__/x.cpython-311.pyc',
    'attune_jobs/__pycache__/stray.py',
    'attune_jobs/copy of spec.py',
  ];
  for (const file of [...files, ...strays]) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), '');
  }
  symlinkSync('/etc/passwd', path.join(folder, 'attune_jobs', 'linked.py'));

  const sources = await readSources(folder);

  expect(sources.map(({ path: file }) => file)).toEqual(files.toSorted());
});

test("the project's own sources all travel", async () => {
  const sources = await readSources(path.join(projectRoot, 'python'));

  expect(sources.map(({ path: file }) => file)).toEqual(
    expect.arrayContaining([
      'arrival.py',
      'attune_jobs/prepare/sources/beir.py',
      'attune_jobs/serving/package_rule.json',
    ]),
  );
});

test('a file that lies beside the scripts for a moment only, because another run is just writing, is nobody’s', async () => {
  const s3 = new FakeS3();
  const pythonDir = path.join(projectRoot, 'python');
  const settings = { bucket: 'b1b', prefix: 'attune' };
  const deps = { s3, settings, pythonDir } as unknown as Deps;
  const { files } = await uploadCode(deps, {});
  const stray = `${files}attune_jobs/.bm25.py.sgwtmp.17`;

  s3.put(stray, '');
  setTimeout(() => s3.objects.delete(stray), 200);
  await expect(uploadCode(deps, {})).resolves.toEqual({ files });

  s3.put(stray, '');
  await expect(uploadCode(deps, {})).rejects.toMatchObject({ type: 'ContentChanged' });
});

test('a job computes the digest that its code lies under in S3, and another one with a file more', async () => {
  const sources = await readSources(path.join(projectRoot, 'python'));
  const folder = mkdtempSync(path.join(tmpdir(), 'attune-code-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const { path: file, content } of sources) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  }
  const inPython = () =>
    execFileSync(
      providedTool('python')!.file,
      ['-B', '-c', 'import sys, pathlib, arrival; print(arrival.code_digest(pathlib.Path(sys.argv[1])))', folder],
      { cwd: folder, encoding: 'utf8' },
    ).trim();

  expect(inPython()).toBe(digestOf(sources));
  writeFileSync(path.join(folder, 'numpy.py'), '');
  expect(inPython()).not.toBe(digestOf(sources));
});
