import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { digestOf, readSources } from '../../src/activities/code.js';
import { projectRoot, providedTool } from '../../src/dev/toolchain/findTool.js';

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
