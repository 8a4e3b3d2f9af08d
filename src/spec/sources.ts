/**
 * Where a spec's files may lie: S3, this machine, or (for the base model) the hub.
 * @module
 */
import { DATA_FIELDS, DATA_SHAPES, type DataName } from './dataForms.js';
import type { FineTuneSpec } from './schema.js';

export interface S3Location {
  bucket: string;
  key: string;
}

const S3_URI = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/;

export function parseS3Uri(uri: string): S3Location | undefined {
  const match = S3_URI.exec(uri);
  return match ? { bucket: match[1]!, key: match[2] ?? '' } : undefined;
}

export const claimsS3 = (source: string): boolean => /^s3:/i.test(source);

/** As the client names what it uploads: by the SHA-256 of the content, so what lies there does not change. */
export const isContentAddressed = (source: string): boolean => /^s3:\/\/.+\/inputs\/[0-9a-f]{64}\//.test(source);

/** A base model that is a folder on this machine is written like one: ./model, ../model, /model or ~/model. */
export const isLocalBase = (base: string): boolean => /^(\.{1,2}(\/|$)|\/|~\/)/.test(base);

/** A file or folder that a spec names, and its path in the spec. */
export interface Source {
  field: string;
  source: string;
}

/** The bases that are folders on this machine. */
export const localBasesOf = ({ base, bases = [] }: Pick<FineTuneSpec, 'base' | 'bases'>): Source[] =>
  [{ field: 'base', source: base }, ...bases.map((source, i) => ({ field: `bases[${i}]`, source }))].filter(
    ({ source }) => isLocalBase(source),
  );

/** The data sources a spec names. */
export const dataSourcesOf = ({ data }: Pick<FineTuneSpec, 'data'>): DataSource[] => [
  ...DATA_FIELDS.flatMap((name) => {
    const given = data[name];
    if (given === undefined) return [];
    if (typeof given === 'string') return [{ name, channel: name, field: `data.${name}`, source: given }];
    return given.map((source, i) => ({ name, channel: channelOf(name, i), field: `data.${name}[${i}]`, source }));
  }),
  ...(data.questions?.examples === undefined
    ? []
    : [
        {
          name: 'examples' as const,
          channel: 'examples',
          field: 'data.questions.examples',
          source: data.questions.examples,
        },
      ]),
];

/** What the index holds where that is not the data: read by its job alone, under the same names of inputs. */
export const indexSourcesOf = ({ index }: Pick<FineTuneSpec, 'index'>): DataSource[] =>
  Object.entries(index?.source ?? {}).flatMap(([name, given]: [string, string | string[]]) =>
    [given].flat().map((source, i) => ({
      name: name as DataName,
      channel: channelOf(name, i),
      field: `index.source.${name}${Array.isArray(given) ? `[${i}]` : ''}`,
      source,
    })),
  );

export interface DataSource extends Source {
  name: DataName;
  /** The job's input that it becomes: `pairs`, and of a list `pairs-2` and so on. */
  channel: string;
}

const channelOf = (name: string, i: number): string => (i === 0 ? name : `${name}-${i + 1}`);

/** A prefix without a slash would take in its siblings: `docs` and `docs-old`. */
export const folderOf = (uri: string): string => (uri.endsWith('/') ? uri : `${uri}/`);

/** What jobs read of the sources that lie in S3: SageMaker hands them every object whose key begins so. */
export interface S3Input extends Source {
  name: DataName | 'base' | 'model';
  /** The job's input. */
  channel: string;
  /** One object, and no folder of them. */
  file: boolean;
}

/** The data alone. */
export const dataInputsOf = (spec: Pick<FineTuneSpec, 'data'>): S3Input[] => dataSourcesOf(spec).map(inputOf);

/** What the index is brought level with: its own source, or else the data. */
export const indexInputsOf = (spec: Pick<FineTuneSpec, 'data' | 'index'>): S3Input[] =>
  spec.index?.source ? indexSourcesOf(spec).map(inputOf) : dataInputsOf(spec).filter(({ name }) => name !== 'examples');

/** Those of them that hold passages, and not only who asks for which. */
export const passageInputsOf = (spec: Pick<FineTuneSpec, 'data' | 'index'>): S3Input[] =>
  indexInputsOf(spec).filter(({ name }) => name !== 'queries' && name !== 'qrels');

function inputOf({ name, channel, field, source }: DataSource): S3Input {
  const file = isFile(name, source);
  return { name, channel, field, source: file ? source : folderOf(source), file };
}

/** What questions are written for: all of the data but the test's own. */
export const inputsToAskFor = (spec: Pick<FineTuneSpec, 'data'>): S3Input[] =>
  dataInputsOf(spec).filter(({ name }) => name !== 'test');

export const s3InputsOf = (spec: Pick<FineTuneSpec, 'data' | 'base' | 'bases' | 'model' | 'index'>): S3Input[] => [
  ...dataInputsOf(spec),
  ...indexSourcesOf(spec).map(inputOf),
  ...[{ field: 'base', base: spec.base }, ...(spec.bases ?? []).map((base, i) => ({ field: `bases[${i}]`, base }))]
    .filter(({ field, base }) => claimsS3(base) && (field === 'base' || base !== spec.base))
    .map(({ field, base }) => ({ name: 'base' as const, channel: 'base', field, source: folderOf(base), file: false })),
  ...(spec.model === undefined
    ? []
    : [{ name: 'model' as const, channel: 'model', field: 'model', source: spec.model, file: true }]),
];

/** By its ending: what else there is under a name, jobs do not read as that. */
function isFile(name: DataName, uri: string): boolean {
  const { is, suffixes } = DATA_SHAPES[name];
  return is !== 'folder' && suffixes.some((suffix) => uri.toLowerCase().endsWith(suffix));
}

export const GUARD_FIELDS = ['corpus', 'queries', 'qrels'] as const;
export type GuardField = (typeof GUARD_FIELDS)[number];

/** The files of the guard sets. */
export const guardSourcesOf = ({
  gate,
}: Pick<FineTuneSpec, 'gate'>): (Source & { guard: string; part: GuardField })[] =>
  gate.guards.flatMap((guard, i) =>
    GUARD_FIELDS.map((part) => ({
      guard: guard.name,
      part,
      field: `gate.guards[${i}].${part}`,
      source: guard[part],
    })),
  );
