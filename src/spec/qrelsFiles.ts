/**
 * Which split a file of judgements is of, by its name, as the prepare job has it (python/attune_jobs/prepare/sources/beir.py): what it
 * would refuse is refused before anything is paid.
 * @module
 */
import { DATA_ROWS } from './dataRows.js';
import { problem, type Problem } from './problem.js';

const SPLIT_OF: Readonly<Record<string, 'train' | 'dev' | 'test'>> = {
  train: 'train',
  dev: 'dev',
  valid: 'dev',
  validation: 'dev',
  test: 'test',
};

/** By the one word of the name that is a split: train.tsv, qrels.dev.small.tsv. Several: it is not said. */
function splitsIn(name: string): Set<string> {
  const words = name.toLowerCase().split(/[^a-z]+/);
  return new Set(words.flatMap((word) => (Object.hasOwn(SPLIT_OF, word) ? [SPLIT_OF[word]!] : [])));
}

export interface QrelsFiles {
  /** Path in the spec. */
  field: string;
  /** Of all files, with their folders or without; those that are no judgements count for nothing. */
  names: readonly string[];
  /** Whether these are all. */
  whole: boolean;
}

/** @param hasOwnTest  the spec has `data.test` */
export function qrelsProblems({ field, names, whole }: QrelsFiles, hasOwnTest: boolean): Problem[] {
  const files = names
    .map((name) => name.slice(name.lastIndexOf('/') + 1))
    .filter((name) => DATA_ROWS.qrelsSuffixes.some((suffix) => name.toLowerCase().endsWith(suffix)));
  const unclear = files.filter((name) => splitsIn(name).size !== 1);
  if (unclear.length > 0)
    return [
      problem(field, unclear[0], 'files with train, dev or test in their names', 'rename it, such as qrels/train.tsv'),
    ];
  const of = (split: string): string | undefined => files.find((name) => splitsIn(name).has(split));
  const test = of('test');
  if (hasOwnTest && test !== undefined)
    return [
      problem(
        'data.test',
        `${test} in ${field} too`,
        'the test questions in one place',
        'leave out data.test, or take that file away',
      ),
    ];
  if (!whole || files.length === 0 || of('train') !== undefined) return [];
  return [
    problem(
      field,
      files.slice(0, 5).join(', '),
      'a file train.tsv, of questions to train on',
      'add it; dev and test are split off from it where they are missing',
    ),
  ];
}
