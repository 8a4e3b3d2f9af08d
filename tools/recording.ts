/**
 * docs/images/first-model.svg: from a folder of questions and passages to a model that serves, as a terminal shows it. Every
 * line is typed into a real shell, against a local stack of its own; what takes minutes passes in seconds.
 *
 *     npm run recording        # Linux: it takes script(1) of util-linux; five minutes on 2 cores
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findTool, projectRoot } from '../src/dev/toolchain/findTool.js';
import { startOwnStack } from '../test/support/ownStack.js';
import { paced } from './recording/pace.js';
import { picture } from './recording/picture.js';
import { typeInto } from './recording/typing.js';

const SIZE = { columns: 100, rows: 26 };
const TYPED = [
  'attune init --name aws-docs --data data',
  'attune submit attune.yaml --watch',
  'attune query aws-docs "how do I see which of my jobs failed?"',
];
const PACE = { longest: 16, rest: 2.5, apart: 0.25 };
/** What a temporary folder's name would tell nobody. */
const SHOWN_AS = '~/aws-docs';
const OUT = join(projectRoot, 'docs', 'images', 'first-model.svg');

const folder = mkdtempSync(join(tmpdir(), 'attune-recording-'));
const own = await startOwnStack(folder);
try {
  // The demo's data, under the name that people give such a folder.
  const build = join(projectRoot, 'examples', 'aws-api', 'build.py');
  execFileSync(findTool('python'), [build, '--output', join(folder, 'data')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const bin = join(folder, 'bin');
  const cli = join(projectRoot, 'dist', 'cli', 'main.js');
  mkdirSync(bin);
  chmodSync(cli, 0o755);
  symlinkSync(cli, join(bin, 'attune'));
  const path = [bin, process.env['PATH']].join(delimiter);
  const takes = await typeInto(SIZE, TYPED, {
    cwd: folder,
    env: { ...process.env, ...own.stack.environment, PATH: path },
  });
  const pieces = paced(takes, PACE).map(({ at, text }) => ({ at, text: text.replaceAll(folder, SHOWN_AS) }));
  const title = 'attune init, attune submit and attune query in a terminal: from data to a model that serves';
  writeFileSync(OUT, await picture(pieces, { ...SIZE, rest: 6, title }));
  console.log(`${OUT}: ${pieces.length} pictures, ${pieces.at(-1)!.at.toFixed(0)} s`);
} finally {
  await own.stop();
  rmSync(folder, { recursive: true, force: true });
}
