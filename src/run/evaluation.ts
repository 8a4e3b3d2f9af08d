/**
 * The small numbers of an evaluation: scores, comparisons, guards. The gate decides on them.
 * @module
 */

/** Mean over questions with the ends of its bootstrap interval. Range [0, 1]. */
export interface Score {
  mean: number;
  low: number;
  high: number;
}

/** Keys: ndcg@10, mrr@10, map@100, recall@1, recall@5, recall@10, recall@50. */
export type Metrics = Record<string, Score>;

/** What is measured on the same questions, from the plainest on. */
export const SYSTEMS = ['bm25', 'base', 'incumbent', 'candidate'] as const;
export type System = (typeof SYSTEMS)[number];

/** A paired comparison on the same questions: first minus second. */
export interface Comparison {
  metric: string;
  difference: number;
  low: number;
  high: number;
  confidence: number;
  wins: number;
  ties: number;
  losses: number;
}

/** A guard set's numbers: the candidate must not be worse than the model in service, or the base where none serves. */
export interface GuardScores {
  name: string;
  questions: number;
  passages: number;
  against: 'base' | 'incumbent';
  /** In the gate's metric. */
  scores: Partial<Record<System, Score>>;
  /** Candidate minus the one it is measured against. */
  comparison: Comparison;
  /** Questions that the training pairs hold too. */
  inTraining: number;
}

/** How a guard came out: `inconclusive` where its questions cannot tell. */
export interface GuardView extends GuardScores {
  verdict: 'held' | 'lost' | 'inconclusive';
  /** Share of the rival's score that may be lost, and the same in points of the metric. */
  tolerance: number;
  mayLose: number;
}

/** The small numbers of evaluation/report.json: what the gate decides on. */
export interface EvaluationSummary {
  questions: number;
  passages: number;
  metrics: Partial<Record<System, Metrics>>;
  /** Keys such as "candidate-base", "candidate-incumbent", "candidate-bm25". */
  comparisons: Record<string, Comparison>;
  guards?: GuardScores[];
  warnings: string[];
}
