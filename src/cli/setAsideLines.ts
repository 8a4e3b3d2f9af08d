/**
 * What prepare leaves out of the data, for a person: the same words before a run, of what it would leave out, and after it.
 * @module
 */
import type { SetAside } from '../run/dataReport.js';
import { oneLine } from './text.js';
import { grouped } from '../run/numbers.js';

/** Narrower than this, an example says nothing. */
const NARROWEST = 40;

/**
 * @param width  of the terminal, in columns
 * @returns      no line where nothing was left out
 */
export const setAsideLines = (entries: readonly SetAside[], width: number): string[] =>
  entries.length === 0
    ? []
    : [
        '',
        'set aside, merged or left out of the data',
        ...entries.flatMap(({ reason, count, examples }) => [
          `  ${grouped(count)} ${reason}`,
          ...(examples.length === 0 ? [] : [`    ${such(examples, Math.max(NARROWEST, width) - 4)}`]),
        ]),
      ];

const such = (examples: readonly string[], width: number): string =>
  oneLine(`such as ${examples.map((one) => `"${one}"`).join(', ')}`, width);
