/**
 * What rows name and is not there: a few are left out by the prepare job, more are refused
 * (python/attune_jobs/prepare/sources/beir.py, sources/corpus.py and own_test.py).
 * @module
 */
import { DATA_ROWS } from '../../../spec/dataRows.js';
import type { Fault } from './firstLines.js';

/** A place in a file that names something. */
export interface Naming {
  field: string;
  file: string;
  line: number;
  /** What is wrong where it is not there; undefined where it is. */
  missing: string | undefined;
}

export interface Dangling {
  faults: { field: string; file: string; fault: Fault }[];
  notices: string[];
}

const MOST_FAULTS = 20;

/** @param what  of which there are so many: "judgements" */
export function danglingIn(
  namings: readonly Naming[],
  what: string,
  share: number = DATA_ROWS.danglingShare,
): Dangling {
  const lost = namings.filter(({ missing }) => missing !== undefined);
  if (lost.length > share * namings.length) {
    const faults = lost
      .slice(0, MOST_FAULTS)
      .map(({ field, file, line, missing }) => ({ field, file, fault: { line, what: missing! } }));
    return { faults, notices: [] };
  }
  if (lost.length === 0) return { faults: [], notices: [] };
  const { field, file } = lost[0]!;
  const told = `${field}: ${lost.length} of ${namings.length} ${what} in ${file} name a question or a passage that is not there, and are left out`;
  return { faults: [], notices: [told] };
}
