/**
 * What of a local source goes to S3: regular files that its jobs read, and nothing else. What stays behind is told, with the reason.
 * @module
 */
import type { BigIntStats } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { DATA_SHAPES } from '../../spec/dataForms.js';
import { NO_DOCUMENT, whyNoDocument } from '../../spec/documentFiles.js';
import { problem, type Problem } from '../../spec/problem.js';
import { HOSTILE } from '../../spec/foreignText.js';
import { BASE_MARKS, noBaseModel } from './baseFolder.js';
import type { Kind, LocalSource } from './specFile.js';

/** A regular file as it was when it was chosen; reading it notices when it is another one by then. */
export interface ChosenFile {
  /** Without links. */
  path: string;
  /** Path below the source's folder with forward slashes; the file's own name where the source is a file. */
  name: string;
  bytes: number;
  /** Changes whenever the file does, or another one takes its place. */
  identity: string;
}

/** Files that stay behind for one reason. */
export interface LeftOut {
  why: string;
  files: number;
  /** The first of them, below the source's folder. */
  example: string;
  /** Ending → how many files, where it is their ending for which they stay behind. */
  kinds?: Record<string, number>;
}

export interface ChosenSource {
  source: LocalSource;
  files: ChosenFile[];
  told: SourceToUpload;
}

/** What of a local source goes to S3, in numbers. */
export interface SourceToUpload {
  /** Path in the spec. */
  field: string;
  /** Where it lies, without links. */
  path: string;
  files: number;
  bytes: number;
  /** Ending → how many files. */
  kinds: Record<string, number>;
  leftOut: LeftOut[];
}

/** What of a base model the hub would give too: python/attune_jobs/base_model.py has the same. `*` matches slashes, as it does there. */
export const BASE_FILES = ['*.json', '*.txt', '*.model', '*.safetensors', '*/*.json', '*/*.txt', '*/*.safetensors'];
export const NOT_BASE_FILES = ['onnx/*', 'openvino/*'];

/** By what they are called: no corpus and no model has them. */
const SECRETS =
  /^(?:id_(?:rsa|dsa|ecdsa|ed25519)|credentials?|passwords?|secrets?|api[-_]?keys?|service[-_]account.*)(?:\.(?:txt|json))?$|\.(?:pem|key|p12|pfx|kdbx|keystore)$/i;

/** @returns the files, or the fault where nothing of the source can be used */
export async function choose(source: LocalSource): Promise<ChosenSource | Problem> {
  const path = await realpath(source.path);
  const { files, left } = source.folder
    ? await filesBelow(path, whyNot(source.name))
    : { files: [await chosen(path, basename(source.path))], left: new Left() };
  const fault = faultOf(source, files, left.out());
  if (fault) return fault;
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  const kinds = kindsOf(files.map(({ name }) => name));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const told = { field: source.field, path, files: files.length, bytes, kinds, leftOut: left.out() };
  return { source, files, told };
}

function faultOf(source: LocalSource, files: readonly ChosenFile[], left: readonly LeftOut[]): Problem | undefined {
  const { field, name, path, folder } = source;
  if (!folder) {
    const file = basename(path);
    if (HOSTILE.test(file)) return problem(field, path, 'a file name without control characters', 'rename the file');
    if (whyNot(name)(file) === undefined) return undefined;
    return problem(field, path, `a file that ends in ${suffixesOf(name).join(', ')}`, 'rename or convert it');
  }
  const why = left.map((one) => `${one.files} left out: ${one.why}, such as ${one.example}`).join('; ');
  if (name === 'base' && !files.some((file) => BASE_MARKS.includes(file.name))) return noBaseModel(field, path, why);
  if (files.length > 0) return undefined;
  const rule = `a folder with files${name === 'base' ? '' : ` that end in ${suffixesOf(name).join(', ')}`}`;
  return problem(field, path, rule, `name a folder that holds them${why && ` (${why})`}`);
}

const shapeOf = (kind: Exclude<Kind, 'base'>) => DATA_SHAPES[kind === 'guardQrels' ? 'qrels' : kind];
const suffixesOf = (kind: Kind): readonly string[] => (kind === 'base' ? BASE_FILES : shapeOf(kind).suffixes);

/** Why a file of this name, below the source's folder, is none that jobs read; undefined of one that is. */
function whyNot(kind: Kind): (name: string) => string | undefined {
  if (kind === 'documents') return whyNoDocument;
  const fits = kind === 'base' ? fitsBase() : endsWith(suffixesOf(kind));
  return (name) => (fits(name) ? undefined : 'no file that the jobs read');
}

const endsWith =
  (suffixes: readonly string[]) =>
  (name: string): boolean =>
    suffixes.some((suffix) => name.toLowerCase().endsWith(suffix));

function fitsBase(): (name: string) => boolean {
  const [wanted, unwanted] = [BASE_FILES.map(matcher), NOT_BASE_FILES.map(matcher)];
  return (name) => wanted.some((match) => match.test(name)) && !unwanted.some((match) => match.test(name));
}

const matcher = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 's');

/** ".jsonl.gz" */
const endOf = (name: string): string => /(?:\.[^./]+)?(?:\.gz)?$/i.exec(name)![0].toLowerCase() || 'no ending';

/** Ending → how many of the names have it. */
function kindsOf(names: readonly string[]): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const name of names) kinds[endOf(name)] = (kinds[endOf(name)] ?? 0) + 1;
  return kinds;
}

/** Counts by reason. */
class Left {
  private readonly reasons = new Map<string, string[]>();

  add(why: string, name: string): void {
    const known = this.reasons.get(why);
    if (known) known.push(name);
    else this.reasons.set(why, [name]);
  }
  out(): LeftOut[] {
    return [...this.reasons].map(([why, names]) => ({
      why,
      files: names.length,
      example: names[0]!,
      ...(why === NO_DOCUMENT && { kinds: kindsOf(names) }),
    }));
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Walks real folders only: a link to a folder could lead in circles, and what lies inside is found at its own place. */
async function filesBelow(
  root: string,
  whyNot: (name: string) => string | undefined,
): Promise<{ files: ChosenFile[]; left: Left }> {
  const files: ChosenFile[] = [];
  const left = new Left();
  const homes = [root, ...cacheOf(root)];

  const walk = async (folder: string): Promise<void> => {
    let entries: Buffer[];
    try {
      entries = await readdir(folder, { encoding: 'buffer' });
    } catch (error) {
      left.add(`the folder cannot be read (${(error as NodeJS.ErrnoException).code})`, inside(root, folder));
      return;
    }
    for (const raw of entries.sort(Buffer.compare)) {
      const name = decoded(raw);
      if (name === undefined) {
        left.add('its name is not UTF-8: rename it', inside(root, join(folder, raw.toString('latin1'))));
        continue;
      }
      await take(join(folder, name), name);
    }
  };

  const take = async (path: string, entry: string): Promise<void> => {
    const name = inside(root, path);
    const seen = await lookAt(path, entry, name);
    if (typeof seen === 'string') left.add(seen, name);
    else if (seen !== undefined) files.push(seen);
  };

  /** @returns the file, the reason to leave it out, or undefined of a folder that was walked */
  const lookAt = async (path: string, entry: string, name: string): Promise<ChosenFile | string | undefined> => {
    if (entry.startsWith('.')) return 'its name begins with a dot';
    if (entry === 'node_modules') return 'installed packages';
    if (HOSTILE.test(entry)) return 'its name has control characters: rename it';
    try {
      const found = await lstat(path);
      if (found.isDirectory()) return await walk(path).then(() => undefined);
      if (!found.isFile() && !found.isSymbolicLink()) return 'neither a file nor a folder: a pipe, socket or device';
      if (SECRETS.test(entry)) return 'named like a key or a password';
      const unread = whyNot(name);
      if (unread !== undefined) return unread;
      if (found.isFile()) return await chosen(path, name);
      const target = await realpath(path);
      if (!homes.some((home) => target.startsWith(home + sep))) return 'a link that leaves the folder';
      const led = await lstat(target);
      if (led.isDirectory()) return 'a link to a folder: name the folder itself';
      if (!led.isFile()) return 'a link to a pipe, socket or device';
      return await chosen(target, name);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return 'a link that leads nowhere';
      if (code === 'ELOOP') return 'a link that leads to itself';
      return `it cannot be read (${code})`;
    }
  };

  await walk(root);
  return { files, left };
}

/** The hub's cache keeps a model's files in `blobs/`, and links to them in `snapshots/<revision>/`: both are of one model. */
function cacheOf(root: string): string[] {
  const snapshots = dirname(root);
  return basename(snapshots) === 'snapshots' ? [join(dirname(snapshots), 'blobs')] : [];
}

const decoded = (raw: Buffer): string | undefined => {
  try {
    return UTF8.decode(raw);
  } catch {
    return undefined;
  }
};

const inside = (root: string, path: string): string => relative(root, path).split(sep).join('/') || '.';

async function chosen(path: string, name: string): Promise<ChosenFile> {
  const found = await lstat(path, { bigint: true });
  return { path, name, bytes: Number(found.size), identity: identityOf(found) };
}

export const identityOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(' ');
