/**
 * Where a run's files are: its folder once, and each file below it.
 * @module
 */
import { folderIn } from '../run/files.js';
import { table } from './text.js';

/** @param artifacts  what → S3 URI */
export function artifactLines(artifacts: Readonly<Record<string, string>>): string[] {
  const folder = folderIn({ artifacts });
  const below = (uri: string): string => (folder && uri.startsWith(folder) ? uri.slice(folder.length) : uri);
  const rows = Object.entries(artifacts).map(([what, uri]) => [what, below(uri)]);
  if (rows.length === 0) return [];
  return ['', ...(folder ? [`files in ${folder}`] : []), table(rows)];
}
