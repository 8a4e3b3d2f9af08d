/**
 * The ledger of looks: how often the test questions of a name have decided on a model.
 * @module
 */
import { z } from 'zod';
import { requestHash } from '../aws/hash.js';
import type { EvaluationSummary } from '../run/evaluation.js';
import { filesOf } from '../run/files.js';
import { shareIn, type TestPrint } from '../run/looks.js';
import type { Run } from '../run/run.js';
import { now } from './call.js';
import type { Deps } from './deps.js';
import { readRecord, writeRecord } from './records.js';

/** Tests that are remembered: at one a week some four years. */
const MOST_TESTS = 200;

const look = z.object({
  /** Its number among all looks of the name, from 1. */
  n: z.int().min(1),
  /** Digest of what the candidate scored: who decides anew on the same numbers has not looked again. */
  candidate: z.string(),
  workflowId: z.string(),
  run: z.string(),
  at: z.string(),
});
const ledger = z.object({
  version: z.literal(1),
  /** By the hash of their questions, the oldest first. */
  tests: z.array(z.object({ hash: z.string(), sample: z.array(z.string()), looks: z.array(look) })),
});
type Ledger = z.infer<typeof ledger>;

/**
 * Notes that the questions decide on this candidate. Repeated, it notes nothing more.
 *
 * @returns how often they have decided on others before it, each time in so far as they are the same questions
 */
export async function noteLook(
  deps: Deps,
  run: Run,
  test: TestPrint,
  { metrics }: Pick<EvaluationSummary, 'metrics'>,
): Promise<number> {
  const uri = filesOf(run).looks;
  const { tests } = (await readRecord(deps, uri, ledger)) ?? { tests: [] };
  const candidate = requestHash(metrics.candidate ?? {});
  const own = tests.find(({ hash }) => hash === test.hash) ?? { ...test, looks: [] };
  const first = own.looks.find((one) => one.candidate === candidate);
  if (first) return looksBefore(tests, test, first.n);
  const n = 1 + Math.max(0, ...tests.flatMap(({ looks }) => looks.map((one) => one.n)));
  const { workflowId } = run;
  const others = tests.filter((one) => one !== own);
  const noted: Ledger['tests'] = [
    ...others,
    { ...own, looks: [...own.looks, { n, candidate, workflowId, run: run.run, at: now() }] },
  ];
  await writeRecord(deps, run, uri, { version: 1, tests: noted.slice(-MOST_TESTS) });
  return looksBefore(tests, test, n);
}

const looksBefore = (tests: Ledger['tests'], test: TestPrint, n: number): number =>
  tests.reduce((sum, one) => sum + shareIn(test, one) * one.looks.filter((before) => before.n < n).length, 0);
