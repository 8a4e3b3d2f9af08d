/**
 * Archives of models before the worker's own check, as it streams them.
 * @module
 */
import fc from 'fast-check';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { checkArchive } from '../../src/activities/archive.js';
import { MODEL_PACKAGE } from '../../src/run/modelPackage.js';
import { MODEL_FILES } from '../support/modelArchive.js';
import type { Area, Bad } from './area.js';

const EXPECTED = 'its problems in words, within the limits on entries and names, in 20 s';
const SECONDS = 20;

interface Entry {
  name: string;
  kind: string;
  declared: number;
  body: number;
}

const entry = fc.record<Entry>({
  name: fc.oneof(
    fc.constantFrom(...Object.keys(MODEL_FILES), '../evil', '/evil', 'a/../../evil', '\u001b]0;x\u0007', '\u202e', ''),
    fc.string({ maxLength: 90 }),
  ),
  kind: fc.constantFrom('0', '0', '0', '5', '1', '2', '3', '6', 'x', 'g', 'L', 'S', 'Z', '\0'),
  declared: fc.constantFrom(0, 1, 512, 100_000, 2 ** 31, 2 ** 33 - 1),
  body: fc.constantFrom(0, 1, 512, 100_000),
});

const damage = fc.constantFrom<(packed: Buffer) => Buffer>(
  (packed) => packed,
  (packed) => packed,
  (packed) => packed.subarray(0, packed.length >> 1),
  (packed) => Buffer.concat([packed, packed]),
  () => Buffer.alloc(0),
  () => gzipSync(Buffer.alloc(150_000_000), { level: 1 }),
);

const archive = fc.record({
  entries: fc.oneof(
    { weight: 20, arbitrary: fc.array(entry, { maxLength: 6 }) },
    { weight: 1, arbitrary: fc.array(entry, { minLength: 1_500, maxLength: 1_500 }) },
  ),
  damage,
});

export const archives: Area = {
  name: 'archives',
  async run(inputs, seed) {
    const bad: Bad[] = [];
    for (const [index, { entries, damage: harm }] of fc.sample(archive, { numRuns: inputs, seed }).entries()) {
      const packed = harm(gzipSync(Buffer.concat([...entries.map(written), Buffer.alloc(1_024)]), { level: 1 }));
      const seen = await judged(packed);
      if (seen) bad.push({ input: `${index}: ${JSON.stringify(entries).slice(0, 300)}`, expected: EXPECTED, seen });
    }
    return { tried: inputs, bad };
  },
};

async function judged(packed: Buffer): Promise<string | undefined> {
  const signal = AbortSignal.timeout(SECONDS * 1000);
  try {
    const { files, problems } = await checkArchive(Readable.from([packed]), { signal });
    if (files.length > MODEL_PACKAGE.limits.entries) return `${files.length} files in the list`;

    if (problems.some((problem) => /[\u0000-\u001f\u007f-\u009f\u202e]/.test(problem))) return problems.join('; ');
    return problems.length > 0 ? undefined : 'no problem found';
  } catch (error) {
    return String(error);
  }
}

/** An entry whose header may declare more than follows. */
function written({ name, kind, declared, body }: Entry): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 99);
  header.write('0000644\0', 100);
  header.write(`${declared.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(kind, 156);
  header.write('/etc/passwd', 157);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, Buffer.alloc(Math.ceil(body / 512) * 512)]);
}
