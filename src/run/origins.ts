/**
 * Where test questions come from: a score is worth what its questions are. Imports nothing but types: workflow code loads it
 * too. python/attune_jobs/origins.py says the same.
 * @module
 */
import type { FineTuneSpec } from '../spec/schema.js';

/** People asked or wrote them; they are headings of the documents; a language model wrote them. */
export const ORIGINS = ['people', 'headings', 'model'] as const;
export type Origin = (typeof ORIGINS)[number];

/** Questions of each origin; those that have none are left out. */
export type Origins = Partial<Record<Origin, number>>;

/** How many questions were asked, and where they come from. */
export interface Asked {
  count: number;
  origins: Origins;
}

export type Evidence = FineTuneSpec['gate']['evidence'];

/** What each kind of `gate.evidence` admits: what says less admits what says more. */
export const ADMITTED: Record<Evidence, readonly Origin[]> = {
  people: ['people'],
  headings: ['people', 'headings'],
  generated: ORIGINS,
};

/** Reports of before say nothing of it: their questions count as people's. */
export const askedIn = ({ questions, origins }: { questions: number; origins?: Origins }): Asked => ({
  count: questions,
  origins: origins ?? { people: questions },
});

/** Questions that the gate may go by. @param evidence  undefined: of a run that an earlier version settled */
export const admittedOf = ({ origins }: Asked, evidence: Evidence = 'people'): number =>
  ADMITTED[evidence].reduce((sum, origin) => sum + (origins[origin] ?? 0), 0);

const WORDS: Record<Origin, string> = { people: 'by people', headings: 'from headings', model: 'by a language model' };

/** "by people", "by people or from headings" */
export const admittedInWords = (evidence: Evidence = 'people'): string =>
  ADMITTED[evidence].map((origin) => WORDS[origin]).join(' or ');

/** "413 test questions, all from headings", "413 test questions, 13 by people, 400 from headings" */
export function askedInWords({ count, origins }: Asked): string {
  const parts = ORIGINS.filter((origin) => origins[origin]);
  const words =
    parts.length === 1
      ? `all ${WORDS[parts[0]!]}`
      : parts.map((origin) => `${origins[origin]} ${WORDS[origin]}`).join(', ');
  return `${count} test questions${words && `, ${words}`}`;
}

/** For a column of a table: "people", "people, headings". */
export const originNames = (origins: Origins | undefined): string =>
  ORIGINS.filter((origin) => origins?.[origin]).join(', ') || '–';

/** What brings questions of people, in less than an hour. */
export const howToAsk = (missing: number): string =>
  `give ${missing} more question${missing === 1 ? '' : 's'} that people asked or wrote, each with the passage that answers it, as data.test: to write one for each of a hundred passages takes about an hour; to look through those that a language model wrote (attune questions RUN --sample 200) takes less`;
