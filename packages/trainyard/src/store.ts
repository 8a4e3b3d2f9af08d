/**
 * The emulator's memory: one JSON file a record, written to a temporary name and renamed, so that a kill leaves either
 * the old record or the new one. Read once at start, then served from memory.
 * @module
 */
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from './wholeFile.js';

export type Kind =
  | 'training-job'
  | 'processing-job'
  | 'hyper-parameter-tuning-job'
  | 'model-invocation-job'
  | 'model'
  | 'endpoint-config'
  | 'endpoint'
  | 'model-package-group'
  | 'model-package'
  | 'experiment'
  | 'experiment-trial'
  | 'scalable-target'
  | 'scaling-policy'
  | 'vector-bucket'
  | 'vector-index'
  | 'tags';

export class Store {
  private readonly records = new Map<Kind, Map<string, object>>();

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  get<T extends object>(kind: Kind, name: string): T | undefined {
    return this.table(kind).get(name) as T | undefined;
  }

  list<T extends object>(kind: Kind): T[] {
    return [...this.table(kind).values()] as T[];
  }

  names(kind: Kind): string[] {
    return [...this.table(kind).keys()];
  }

  put(kind: Kind, name: string, record: object): void {
    const table = this.table(kind);
    writeWhole(this.path(kind, name), JSON.stringify(record));
    table.set(name, record);
  }

  delete(kind: Kind, name: string): void {
    rmSync(this.path(kind, name), { force: true });
    this.table(kind).delete(name);
  }

  private table(kind: Kind): Map<string, object> {
    let table = this.records.get(kind);
    if (!table) {
      table = new Map();
      const folder = join(this.folder, kind);
      mkdirSync(folder, { recursive: true });
      for (const file of readdirSync(folder)) {
        if (!file.endsWith('.json')) continue;
        table.set(
          decodeURIComponent(file.slice(0, -5)),
          JSON.parse(readFileSync(join(folder, file), 'utf8')) as object,
        );
      }
      this.records.set(kind, table);
    }
    return table;
  }

  private path(kind: Kind, name: string): string {
    return join(this.folder, kind, `${encodeURIComponent(name)}.json`);
  }
}
