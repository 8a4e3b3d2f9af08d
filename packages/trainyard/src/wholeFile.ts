/**
 * Files that are either the old or the new one, whatever is killed meanwhile.
 * @module
 */
import { renameSync, writeFileSync } from 'node:fs';

export function writeWhole(path: string, content: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}
