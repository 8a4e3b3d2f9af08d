/**
 * Reading a spec from YAML or JSON, and finding the local files it names.
 * @module
 */
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { BASE_MARKS, noBaseModel } from './baseFolder.js';
import { placed } from './places.js';
import { readPrices } from './priceFile.js';
import { parseYaml, readSmall, type Written } from './readSmall.js';
import { previewOf, type Preview, type PreviewKind, type PreviewSource } from './preview/preview.js';
import { DATA_SHAPES, hasIds, type DataName, type SourceShape } from '../../spec/dataForms.js';
import { nearest } from '../../spec/keys.js';
import { parseSpec } from '../../spec/parse.js';
import { problem, type Place, type Problem } from '../../spec/problem.js';
import type { FineTuneSpec, FineTuneSpecInput } from '../../spec/schema.js';
import { claimsS3, dataSourcesOf, guardSourcesOf, indexSourcesOf, localBasesOf } from '../../spec/sources.js';

/** What a file holds, and so what its lines must look like. */
export type Kind = DataName | 'base' | 'guardQrels';

/** A local file or folder that a spec names. */
export interface LocalSource {
  /** Path in the spec: `data.pairs`, `base`, `gate.guards[0].corpus`. */
  field: string;
  name: Kind;
  path: string;
  folder: boolean;
}

export interface CheckedSpec {
  /** As the person wrote it, with the prices of a file in place of its name. */
  input: FineTuneSpecInput;
  /** With every default filled in. */
  spec: FineTuneSpec;
  local: LocalSource[];
  /** What the local files make worth a word, in sentences. */
  notices: string[];
}

export type Checked = ({ ok: true } & CheckedSpec) | { ok: false; problems: Problem[] };

/**
 * Checks a spec as far as this machine can: its text, the schema, the rules, and that its local files are there.
 *
 * @param specOrPath  a path to YAML or JSON, or the spec itself
 * @param bases       to compare in the place of what the spec would have trained
 * @param cwd         relative paths of a spec given as an object start here; those in a file start at the file's folder
 */
export async function checkSpec(
  specOrPath: string | object,
  cwd = process.cwd(),
  bases?: readonly string[],
): Promise<Checked> {
  if (typeof specOrPath !== 'string') return checkRaw(specOrPath, cwd, bases);
  const path = resolve(cwd, specOrPath);
  const read = await readSpecFile(path, specOrPath);
  if ('problems' in read) return { ok: false, problems: read.problems };
  const checked = await checkRaw(read.raw, dirname(path), bases);
  return checked.ok ? checked : { ok: false, problems: placed(checked.problems, specOrPath, read.text, read) };
}

async function checkRaw(given: unknown, folder: string, bases?: readonly string[]): Promise<Checked> {
  const whole = await withPrices(bases === undefined ? given : comparing(given, bases), folder);
  if ('problem' in whole) return { ok: false, problems: [whole.problem] };
  const parsed = parseSpec(whole.raw);
  if (!parsed.ok)
    return { ok: false, problems: [...parsed.problems, ...(await missingIn(whole.raw, folder, parsed.problems))] };
  const found = await Promise.all(localPathsOf(parsed.spec, folder).map(lookAt));
  const local = found.filter((each) => 'path' in each);
  const looked = await lookInside(parsed.spec, local);
  const problems = [...found.filter((each) => 'rule' in each), ...looked.problems];
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, input: whole.raw as FineTuneSpecInput, spec: parsed.spec, local, notices: looked.notices };
}

/** The rows of the data and of the index's own source, then those of each guard set. */
async function lookInside(spec: FineTuneSpec, local: readonly LocalSource[]): Promise<Preview> {
  const { data, gate } = spec;
  const below = (path: string) => previewsOf(local.filter(({ field }) => field.startsWith(path)));
  const inS3 = dataSourcesOf(spec).filter(({ source }) => claimsS3(source));
  const elsewhere = new Set(inS3.flatMap(({ name }) => KINDS[name] ?? []));
  const looked = [
    await previewOf(below('data.'), { columns: data.columns, byId: hasIds(data), elsewhere }),
    await previewOf(below('index.source.'), { columns: data.columns, byId: true }),
  ];
  for (const i of gate.guards.keys()) looked.push(await previewOf(below(`gate.guards[${i}].`)));
  return { problems: looked.flatMap((one) => one.problems), notices: looked.flatMap((one) => one.notices) };
}

const KINDS: Partial<Record<Kind, PreviewKind>> = {
  pairs: 'pairs',
  corpus: 'corpus',
  queries: 'queries',
  qrels: 'qrels',
  test: 'test',
  guardQrels: 'qrels',
};

const previewsOf = (sources: readonly LocalSource[]): PreviewSource[] =>
  sources.flatMap(({ field, name, path, folder }) => {
    const kind = KINDS[name];
    return kind ? [{ field, kind, path, folder }] : [];
  });

/** Of what it says of training only how much is read of a text; no gate, so no guards. */
function comparing(raw: unknown, bases: readonly string[]): unknown {
  if (typeof raw !== 'object' || raw === null) return raw;
  const { train, tune, model, registry, whenUnchanged, index, ...spec } = raw as Record<
    string,
    Record<string, unknown>
  >;
  const { guards, ...gate } = spec['gate'] ?? {};
  const { maxSeqLength } = train ?? {};
  return {
    ...spec,
    base: bases.includes(spec['base'] as never) ? spec['base'] : bases[0],
    bases,
    gate,
    ...(maxSeqLength === undefined ? {} : { train: { maxSeqLength } }),
  };
}

/** A file of prices is small, and read where the spec is read. An S3 URI is left for the rules to refuse. */
async function withPrices(raw: unknown, folder: string): Promise<{ raw: unknown } | { problem: Problem }> {
  const path = (raw as { prices?: unknown } | null | undefined)?.prices;
  if (typeof path !== 'string' || path === '' || claimsS3(path)) return { raw };
  const read = await readPrices(path, folder);
  return 'problem' in read ? read : { raw: { ...(raw as object), ...read } };
}

/** Room for comments; what is left without them may have 64 KB. */
const MOST_FILE_KIB = 128;

async function readSpecFile(
  path: string,
  named: string,
): Promise<({ raw: unknown; text: string } & Written) | { problems: Problem[] }> {
  const refused = (value: unknown, rule: string, mend: string) => ({ problems: [problem('', value, rule, mend)] });
  let text: string | undefined;
  try {
    text = await readSmall(path, MOST_FILE_KIB * 1024);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return refused(path, 'a spec file', 'check the path, or write one with `attune init`');
    if (code === 'ENOTREG') return refused(path, 'a spec file', 'name a regular file, not a device or a pipe');
    if (code === 'EISDIR') return refused(path, 'a spec file, not a folder', 'name the YAML file inside');
    return refused(path, `a readable file (${code})`, 'check its permissions');
  }
  if (text === undefined) {
    const mend = 'name the data in the spec, not the other way round';
    return refused(path, `a spec of at most ${MOST_FILE_KIB} KiB`, mend);
  }
  const read = parseYaml(text);
  if ('value' in read) return { ...read, raw: read.value, text };
  // Of one slip the parser tells several things: the first one of a line is what the person sees there.
  const [first] = read.faults;
  const { line, column, why } = first!;
  const place: Place = { file: named, line, column, excerpt: '', caret: { from: 0, length: 0 } };
  return { problems: [{ ...problem('', `line ${line}`, 'YAML or JSON', `line ${line}: ${why}`), place }] };
}

/** Files that are not there are errors beside those of the fields, as far as the fields that name them can be read. */
async function missingIn(raw: unknown, folder: string, problems: readonly Problem[]): Promise<Problem[]> {
  const { data } = Object(raw) as { data?: unknown };
  const names = Object.entries(Object(data) as Record<string, unknown>).flatMap(([name, given]) => {
    const isSource = Object.hasOwn(DATA_SHAPES, name) && typeof given === 'string' && given !== '';
    return isSource ? [[name, given] as const] : [];
  });
  const sources = dataSourcesOf({ data: Object.fromEntries(names) as unknown as FineTuneSpec['data'] });
  const told = new Set(problems.map(({ field }) => field));
  const found = await Promise.all(
    localPathsIn(sources, folder)
      .filter(({ field }) => !told.has(field))
      .map(lookAt),
  );
  return found.filter((each) => 'rule' in each);
}

export interface LocalPath {
  field: string;
  name: Kind;
  written: string;
  path: string;
}

const localPathsOf = (spec: FineTuneSpec, folder: string): LocalPath[] =>
  localPathsIn(
    [
      ...dataSourcesOf(spec),
      ...indexSourcesOf(spec),
      ...guardFilesOf(spec),
      ...localBasesOf(spec).map((one) => ({ ...one, name: 'base' as const })),
    ],
    folder,
  );

const localPathsIn = (sources: readonly { name: Kind; field: string; source: string }[], folder: string): LocalPath[] =>
  sources
    .filter(({ source }) => !claimsS3(source))
    .map(({ name, field, source }) => ({ field, name, written: source, path: pathOf(source, folder) }));

export const pathOf = (source: string, folder: string): string =>
  source.startsWith('~/') ? join(homedir(), source.slice(2)) : resolve(folder, source.replace(/^file:\/\//, ''));

const guardFilesOf = (spec: FineTuneSpec): { name: Kind; field: string; source: string }[] =>
  guardSourcesOf(spec).map(({ part, field, source }) => ({
    name: part === 'qrels' ? 'guardQrels' : part,
    field,
    source,
  }));

const SHAPES: Readonly<Record<Kind, Pick<SourceShape, 'is'>>> = {
  ...DATA_SHAPES,
  base: { is: 'folder' },
  guardQrels: { is: 'file' },
};

/** A file or folder of this machine, or what is wrong with it. */
export async function lookAt({ field, name, written, path }: LocalPath): Promise<LocalSource | Problem> {
  // SageMaker has no input for each of a guard's files: they are copied one by one.
  const is = field.startsWith('gate.') ? 'file' : SHAPES[name].is;
  const found = await stat(path).catch(() => undefined);
  const what = is === 'folder' ? 'folder' : 'file';
  if (!found) {
    const near = await nearestName(path, folderOnly(is));
    const fix = near ? `did you mean ${near}? It is in the same folder` : 'check the path';
    return problem(field, written, `a ${what} that is there (looked at ${path})`, fix);
  }
  const folder = found.isDirectory();
  if (!folder && !found.isFile()) return problem(field, written, `a ${what}`, 'name no device, pipe or socket');
  if (is === 'folder' && !folder) return problem(field, written, 'a folder', 'name the folder that holds the file');
  if (is === 'file' && folder) return problem(field, written, 'a file, not a folder', 'name the file inside');
  const fault = name === 'base' ? await faultOfModel(field, written, path) : undefined;
  return fault ?? { field, name, path, folder };
}

const folderOnly = (is: SourceShape['is']): boolean => is === 'folder';

/** So many names of a folder are looked at. */
const MOST_NAMES = 10_000;

/** What lies beside a file that is not there and is called nearly so: by a slip, or with another ending. */
async function nearestName(path: string, isFolder: boolean): Promise<string | undefined> {
  const entries = await readdir(dirname(path), { withFileTypes: true }).catch(() => []);
  const names = entries
    .slice(0, MOST_NAMES)
    .filter((entry) => entry.isDirectory() === isFolder)
    .map(({ name }) => name);
  const wanted = basename(path);
  const stem = (name: string): string => name.toLowerCase().replace(/\..*$/, '');
  return nearest(wanted, names) ?? names.find((name) => stem(name) === stem(wanted));
}

/** Before anything else of it is looked at: it may be any folder of this machine. */
async function faultOfModel(field: string, written: string, path: string): Promise<Problem | undefined> {
  for (const file of BASE_MARKS) {
    const found = await stat(join(path, file)).catch(() => undefined);
    if (found?.isFile()) return undefined;
  }
  return noBaseModel(field, written, `looked at ${path}`);
}
