/**
 * Where a spec's files may lie: S3, this machine, or (for the base model) the hub.
 * @module
 */
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

/** A base model that is a folder on this machine is written like one: ./model, ../model, /model or ~/model. */
export const isLocalBase = (base: string): boolean => /^(\.{1,2}(\/|$)|\/|~\/)/.test(base);

export const DATA_FIELDS = ['pairs', 'corpus', 'queries', 'qrels', 'documents'] as const;
export type DataField = (typeof DATA_FIELDS)[number];

/** The data sources a spec names, with the path of each in the spec. */
export const dataSourcesOf = ({
  data,
}: Pick<FineTuneSpec, 'data'>): { name: DataField; field: string; source: string }[] =>
  DATA_FIELDS.flatMap((name) =>
    data[name] === undefined ? [] : [{ name, field: `data.${name}`, source: data[name] }],
  );
