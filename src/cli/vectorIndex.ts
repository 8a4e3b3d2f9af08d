/**
 * `attune index status`, `attune index rollback`: which versions there are, and the way back to the pair before.
 * @module
 */
import type { IndexStatus, VectorIndex } from '../client/index.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { reading } from './reading.js';
import { table } from './text.js';

export interface IndexRollbackFlags extends JsonFlag {
  to?: string;
}

export const status = (io: Io, run: string, { json }: JsonFlag): Promise<number> =>
  withIndex(io, run, async (index) => {
    const found = await index.status();
    if (json) io.json(found);
    else io.out(wordsOf(found));
  });

export const rollback = (io: Io, run: string, { to, json }: IndexRollbackFlags): Promise<number> =>
  withIndex(io, run, async (index) => {
    const now = await index.rollBack({ to });
    if (json) return io.json(now);
    io.out(`index ${now.index}: version ${now.version} serves, embedded by endpoint ${now.endpoint}`);
    if (now.from?.keptUntil) io.say(`${now.from.version} and its endpoint are kept until ${now.from.keptUntil}`);
  });

/** @param body  what it is asked for; it is closed afterwards */
export const withIndex = (io: Io, run: string, body: (index: VectorIndex) => Promise<void>): Promise<number> =>
  reading(io, async (reader) => {
    const index = await reader.index(run);
    try {
      await body(index);
      return EXIT.done;
    } finally {
      await index.close();
    }
  });

function wordsOf({ index, object, pointer, versions }: IndexStatus): string {
  if (versions.length === 0) return `index ${index}: no version yet`;
  const live = pointer?.version.version;
  const told = object === undefined ? [] : [`what serves is named by ${object}`];
  const rows = table([
    ['version', 'endpoint', 'vectors', 'state'],
    ...versions.map(({ version, endpoint, dimensions, element, state, retireAt }) => [
      version,
      endpoint,
      `${dimensions} ${element}`,
      version === live ? `in service since ${pointer!.switchedAt}` : retireAt ? `kept until ${retireAt}` : state,
    ]),
  ]);
  return [rows, ...told].join('\n');
}
