/**
 * Where a run's files are: its folder once, and each file below it.
 * @module
 */
import { filesOf } from '../run/files.js';
import { table } from './text.js';

/** The first file of each run, in its folder. */
const { spec: SPEC } = filesOf({ folder: '' });

/** @param artifacts  what → S3 URI */
export function artifactLines(artifacts: Readonly<Record<string, string>>): string[] {
  const { spec = '' } = artifacts;
  const folder = spec.endsWith(`/${SPEC}`) ? spec.slice(0, -SPEC.length) : undefined;
  const below = (uri: string): string => (folder && uri.startsWith(folder) ? uri.slice(folder.length) : uri);
  const rows = Object.entries(artifacts).map(([what, uri]) => [what, below(uri)]);
  if (rows.length === 0) return [];
  return ['', ...(folder ? [`files in ${folder}`] : []), table(rows)];
}
