import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { choose } from '../../../src/client/inputs/chosen.js';
import { address } from '../../../src/client/inputs/contentAddress.js';
import type { LocalSource } from '../../../src/client/inputs/specFile.js';
import { findTool, projectRoot } from '../../../src/dev/toolchain/findTool.js';

/** Sorted in UTF-16, the second stands before the third; by code points behind it. */
const NAMES = ['guide.md', 'deep/😀.md', 'deep/～.md', 'deep/é.md'];

test.for([
  { name: 'documents', folder: true },
  { name: 'pairs', folder: false },
] as const)('what jobs hold against the name of $name in S3 is what the client gave it', async ({ name, folder }) => {
  const root = mkdtempSync(path.join(tmpdir(), 'attune-address-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const input = path.join(root, name);
  for (const file of folder ? NAMES : ['pairs.jsonl']) {
    mkdirSync(path.dirname(path.join(input, file)), { recursive: true });
    writeFileSync(path.join(input, file), `# ${file}\n`);
  }
  const source: LocalSource = {
    field: `data.${name}`,
    name,
    path: folder ? input : path.join(input, 'pairs.jsonl'),
    folder,
  };
  const chosen = await choose(source);
  if (!('files' in chosen)) throw new Error(JSON.stringify(chosen));
  const { key } = await address(chosen);
  const uri = `s3://bucket/attune/inputs/${key}${folder ? '/' : ''}`;
  const program =
    'import sys, pathlib; from attune_jobs.arrived import check_input as c; c("x", sys.argv[1], pathlib.Path(sys.argv[2]))';
  const check = (named: string) =>
    execFileSync(findTool('python'), ['-c', program, named, input], {
      cwd: path.join(projectRoot, 'python'),
      encoding: 'utf8',
      stdio: 'pipe',
    });

  check(uri);
  expect(() => check(uri.replace(/inputs\/[0-9a-f]{64}/, `inputs/${'0'.repeat(64)}`))).toThrow(
    'not what its name says',
  );
});
