/**
 * What jobs and endpoints install in one of AWS's images: what it lacks, in versions that leave all that it has as it is.
 * @module
 */
import { execa } from 'execa';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { digestOf, projectRoot } from '../../src/dev/toolchain/places.js';
import type { ImagePackages } from './table.js';

/** No torch: the image brings the build for its own processor. */
const OVERRIDES = 'python/requirements-jobs.overrides';

/** `name==version` of each package that a list or a lock pins, its marker and hashes left out. */
export function pinsIn(text: string): Map<string, string> {
  const lines = text.matchAll(/^([A-Za-z0-9._-]+)==([^\s;\\]+)/gm);
  return new Map(
    [...lines].map(([, name = '', version = '']) => [name.toLowerCase().replace(/[._-]+/g, '-'), version]),
  );
}

/** What an image holds, and keeps. */
export const heldBy = ({ file, moves = [] }: ImagePackages): Map<string, string> =>
  new Map([...pinsIn(read(file))].filter(([name]) => !moves.includes(name)));

/** `3.12`, of the image. */
export const pythonOf = ({ file }: ImagePackages): string => /^# python: (\d+\.\d+)/m.exec(read(file))?.[1] ?? '';

/** Of the packages that the tests run on, those that the image lacks: what is added to it has their version. */
export function testedBeside(image: ImagePackages): string[] {
  const held = heldBy(image);
  const tested = [...pinsIn(read('python/requirements.lock'))].filter(([name]) => !held.has(name));
  return tested.map(([name, version]) => `${name}==${version}`);
}

/** All that a job or an endpoint needs in the image, each entry with its hashes: what is there, and what is added. */
export async function neededIn(uv: string, image: ImagePackages): Promise<{ there: string[]; lacking: string[] }> {
  const held = heldBy(image);
  const output = path.join(projectRoot, image.lock);
  // uv keeps to the versions that it finds in the output, where they go with the rest.
  writeFileSync(output, testedBeside(image).join('\n'));
  const where = ['--python-version', pythonOf(image), '--python-platform', 'x86_64-manylinux_2_35'];
  const plain = ['--no-python-downloads', '--generate-hashes', '--no-annotate', '--no-header', '--quiet'];
  const files = [image.source, '--constraints', '-', '--overrides', OVERRIDES, '--output-file', image.lock];
  const constraints = [...held].map(([name, version]) => `${name}==${version}`).join('\n');
  const options = { cwd: projectRoot, input: constraints, stdout: 'inherit', stderr: 'inherit' } as const;
  await execa(uv, ['pip', 'compile', ...files, ...where, ...plain], options);
  const entries = readFileSync(output, 'utf8')
    .trimEnd()
    .split(/\n(?=[a-z0-9])/i);
  const isThere = (entry: string): boolean => [...pinsIn(entry).keys()].some((name) => held.has(name));
  return { there: entries.filter(isThere), lacking: entries.filter((entry) => !isThere(entry)) };
}

export async function lockForImage(uv: string, image: ImagePackages): Promise<void> {
  const { there, lacking } = await neededIn(uv, image);
  const held = heldBy(image);
  const knownBy = image.knownBy.map((name) => `${name}==${held.get(name)}`);
  const { source, file } = image;
  const header = [
    `# Made by \`npm run lock-python\` from ${path.basename(source)} and ${path.basename(file)}, whose digest was`,
    `# ${digestOf([source, file].map((each) => path.join(projectRoot, each)))}`,
    `# in: ${[`python==${pythonOf(image)}`, ...knownBy].join(' ')}`,
    `# beside: ${[...there.flatMap((entry) => [...pinsIn(entry).keys()])].join(' ')}`,
    '--require-hashes',
  ];
  writeFileSync(path.join(projectRoot, image.lock), `${[...header, ...lacking].join('\n')}\n`);
}

function read(file: string): string {
  return readFileSync(path.join(projectRoot, file), 'utf8');
}
