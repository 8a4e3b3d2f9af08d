/**
 * The engine that an evaluation measured and chose for the endpoint.
 * @module
 */
import { probesSchema } from '../run/evaluation.js';
import { filesOf } from '../run/files.js';
import type { Run } from '../run/run.js';
import type { Engine } from '../spec/engine.js';
import type { Deps } from './deps.js';
import { readRecord } from './records.js';

/** As the probes say, which the live endpoint is held against. float32 where an earlier version evaluated. */
export async function servedEngine(deps: Deps, run: Pick<Run, 'folder'>): Promise<Engine> {
  const probes = await readRecord(deps, filesOf(run).probes, probesSchema.pick({ engine: true }));
  return probes?.engine ?? 'float32';
}
