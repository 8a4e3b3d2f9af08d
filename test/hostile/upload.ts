/**
 * Folders that hold more than data, as `attune submit` finds them.
 * @module
 */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkFor } from '../../src/client/inputs/check.js';
import { address } from '../../src/client/inputs/contentAddress.js';
import type { Area, Bad } from './area.js';

type Entry = { kind: 'file' | 'pipe' | 'folder' | 'link'; name: string; to: string };

const name = fc.oneof(
  fc.constantFrom('a.md', 'b.txt', 'c.MD', 'id_rsa', 'credentials.txt', '.env', '.git', 'node_modules', 'x.js', 'deep'),
  fc.constantFrom('\x1b[31m.md', '\u202e.md', 'new\nline.md', 'ä.md', 'deep/e.md', 'node_modules/f.md', '.git/g.md'),
);
const entry: fc.Arbitrary<Entry> = fc.record({
  kind: fc.constantFrom('file', 'file', 'link', 'link', 'folder', 'pipe'),
  name,
  to: fc.constantFrom('.', '..', 'a.md', 'deep', '/dev/zero', '/etc/passwd', '../outside.md', 'nothing', 'b.txt'),
});

const SECRET = 'not meant to be given';
const MOST_MS = 5000;

function make(folder: string, { kind, name, to }: Entry): void {
  const path = join(folder, name);
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (kind === 'file')
      writeFileSync(path, /^(\.|id_|cred)|node_modules|\.js$/.test(name) ? SECRET : '# A page', { flag: 'wx' });
    else if (kind === 'folder') mkdirSync(path, { recursive: true });
    else if (kind === 'link') symlinkSync(to, path);
    else execFileSync('mkfifo', [path], { stdio: 'ignore' });
  } catch {
    // Something of this name is there already: the folder is hostile enough.
  }
}

async function faultOf(root: string): Promise<string | undefined> {
  const since = Date.now();
  const spec = { apiVersion: 'attune/v1', name: 'a', data: { documents: './docs' } };
  const checked = await checkFor({}, spec, { cwd: root });
  if (!checked.ok) return checked.problems.every(({ mend }) => mend !== '') ? undefined : 'refused without a mend';
  const [chosen] = checked.upload;
  const { files } = await address(chosen!);
  for (const file of files) {
    if (!file.path.startsWith(join(root, 'docs'))) return `${file.path} is outside`;
    if (!lstatSync(file.path).isFile()) return `${file.path} is no file`;
    if (!/\.(md|txt)$/i.test(file.name)) return `${file.name} is no document`;
    if (file.bytes === SECRET.length) return `${file.name} holds a secret`;
  }
  return Date.now() - since > MOST_MS ? `it took ${Date.now() - since} ms` : undefined;
}

export const upload: Area = {
  name: 'upload',
  run: async (inputs, seed) => {
    const bad: Bad[] = [];
    for (const entries of fc.sample(fc.array(entry, { minLength: 1, maxLength: 8 }), { numRuns: inputs, seed })) {
      const root = mkdtempSync(join(tmpdir(), 'attune-hostile-'));
      mkdirSync(join(root, 'docs'));
      writeFileSync(join(root, 'outside.md'), SECRET);
      entries.forEach((each) => make(join(root, 'docs'), each));
      const seen = await faultOf(root).catch((error: unknown) => `it was thrown: ${String(error)}`);
      if (seen !== undefined)
        bad.push({ input: JSON.stringify(entries), expected: 'documents alone, or a refusal with a mend', seen });
      rmSync(root, { recursive: true, force: true });
    }
    return { tried: inputs, bad };
  },
};
