/**
 * What prepare left out of the data, for a person.
 * @module
 */
import type { SetAside } from '../run/dataReport.js';

/** @returns no line where nothing was left out */
export const setAsideLines = (entries: readonly SetAside[]): string[] =>
  entries.length === 0
    ? []
    : [
        '',
        'set aside of the data',
        ...entries.flatMap(({ reason, count, examples }) => [
          `  ${count.toLocaleString('en')} ${reason}`,
          ...examples.map((example) => `    such as ${example}`),
        ]),
      ];
