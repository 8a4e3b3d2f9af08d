/**
 * Rules on the gate and its guard sets.
 * @module
 */
import { problem } from '../problem.js';
import { guardSourcesOf } from '../sources.js';
import type { Rule } from './rule.js';

const eachGuardHasANameOfItsOwn: Rule = ({ gate: { guards } }) =>
  guards.flatMap(({ name }, i) =>
    guards.findIndex((other) => other.name === name) < i
      ? [problem(`gate.guards[${i}].name`, name, 'a name of its own for each guard', 'rename it')]
      : [],
  );

/** What each file of a guard set is, by the ends of its name. */
const ENDS = { corpus: /\.(jsonl|ndjson)(\.gz)?$/i, queries: /\.(jsonl|ndjson)(\.gz)?$/i, qrels: /\.tsv(\.gz)?$/i };

const guardFilesAreFilesOfTheirKind: Rule = (spec) =>
  guardSourcesOf(spec)
    .filter(({ part, source }) => !ENDS[part].test(source))
    .map(({ part, field, source }) =>
      part === 'qrels'
        ? problem(
            field,
            source,
            'one TSV file (.tsv or .tsv.gz), not a folder',
            'name the file, such as qrels/test.tsv',
          )
        : problem(field, source, 'JSON Lines (.jsonl or .jsonl.gz)', 'write one {"_id", "text"} object a line'),
    );

const theGainIsOneThatCanBe: Rule = ({ gate: { minGain } }) =>
  minGain < 1
    ? []
    : [
        problem(
          'gate.minGain',
          minGain,
          'below 1: every metric lies between 0 and 1, so no gain lies above it',
          'lower it',
        ),
      ];

export const gateRules = {
  theGainIsOneThatCanBe,
  eachGuardHasANameOfItsOwn,
  guardFilesAreFilesOfTheirKind,
} as const satisfies Record<string, Rule>;
