/**
 * Whether two runs were measured on the same questions, and what the difference of their models is where they were.
 * @module
 */
import { pairedInterval, type Paired } from '../../run/paired.js';
import type { Progress } from '../../run/progress.js';

export interface QuestionsCompared {
  /** Whether both were asked the same questions; `unknown`: an earlier version measured one, or its files are gone. */
  questions: 'same' | 'other' | 'unknown';
  /** The second run's model minus the first one's, on the same questions. */
  paired?: Paired & { metric: string };
}

/** The text of an object in S3. */
export type ReadText = (uri: string) => Promise<string>;

const UNKNOWN: QuestionsCompared = { questions: 'unknown' };

/** Files that cannot be read leave it unknown: what the runs know of themselves is compared all the same. */
export async function questionsCompared(a: Progress, b: Progress, read: ReadText): Promise<QuestionsCompared> {
  const [uriA, uriB] = [a.artifacts['report'], b.artifacts['report']];
  if (uriA === undefined || uriB === undefined) return UNKNOWN;
  try {
    const [hashA, hashB] = (await Promise.all([read(uriA), read(uriB)])).map(hashIn);
    if (hashA === undefined || hashB === undefined) return UNKNOWN;
    if (hashA !== hashB) return { questions: 'other' };
    const metric = b.lineage?.metrics?.metric ?? 'ndcg@10';
    const [linesA, linesB] = await Promise.all([scoresIn(uriA, metric, read), scoresIn(uriB, metric, read)]);
    const both = [...linesB].flatMap(([id, { group, score }]) => {
      const before = linesA.get(id)?.score;
      return before === undefined || score === undefined ? [] : [{ group, difference: score - before }];
    });
    const { confidence = 0.95 } = b.lineage?.metrics?.gain ?? {};
    const paired = both.length === linesB.size ? pairedInterval(both, confidence) : undefined;
    return { questions: 'same', ...(paired && { paired: { metric, ...paired } }) };
  } catch {
    return UNKNOWN;
  }
}

const hashIn = (report: string): string | undefined =>
  (JSON.parse(report) as { settings?: { test?: { hash?: string } } }).settings?.test?.hash;

interface Line {
  queryId: string;
  group: string;
  scores: { candidate?: Record<string, number> };
}

async function scoresIn(
  report: string,
  metric: string,
  read: ReadText,
): Promise<Map<string, { group: string; score?: number }>> {
  const text = await read(report.replace(/report\.json$/, 'questions.jsonl'));
  const lines = text.split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const { queryId, group, scores } = JSON.parse(line) as Line;
      return [queryId, { group, score: scores.candidate?.[metric] }];
    }),
  );
}
