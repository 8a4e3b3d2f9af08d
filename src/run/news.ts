/**
 * What people are told of a run: a few facts, from which each receiver's message is made.
 * @module
 */
import type { NewsEvent } from '../spec/notifySchema.js';
import { endOf, type Progress, type RunStatus } from './progress.js';

export interface News {
  event: NewsEvent;
  /** The same for each attempt to tell it, another one for each event of each execution. */
  id: string;
  /** ISO 8601: when it happened. */
  at: string;
  workflowId: string;
  runId: string;
  name: string;
  stage: string;
  /** How the run ended, or that it has not. */
  status: RunStatus | 'unproven';
  /** Of the gate, and of whoever decided; the first few, cut. */
  reasons: string[];
  /** Cut. */
  failure?: string;
  /** Candidate minus what it had to beat, with its interval. */
  gain?: { metric: string; against: 'base' | 'incumbent'; difference: number; low: number; high: number };
  /** Serves the new model. */
  endpoint?: string;
  spentUsd?: number;
  budgetUsd?: number;
  /** S3 URI of the evaluation's page. */
  report?: string;
}

/** They go through a history, and into a chat. */
const MOST_REASONS = 5;
const MOST_REASON_CHARS = 300;
const MOST_FAILURE_CHARS = 600;

export function newsOf(run: Progress, { event, id, at, runId }: Pick<News, 'event' | 'id' | 'at' | 'runId'>): News {
  const { workflowId, name, stage, reasons, failure, lineage, endpoint, cost, artifacts } = run;
  const { metric, against, gain } = lineage?.metrics ?? {};
  return {
    event,
    id,
    at,
    workflowId,
    runId,
    name,
    stage,
    status: endOf(run),
    reasons: reasons.slice(-MOST_REASONS).map((reason) => cut(reason, MOST_REASON_CHARS)),
    failure: failure && cut(failure.message, MOST_FAILURE_CHARS),
    gain:
      gain && metric && against
        ? { metric, against, difference: gain.difference, low: gain.low, high: gain.high }
        : undefined,
    endpoint: endpoint?.status === 'InService' ? endpoint.name : undefined,
    spentUsd: cost.accruedUsd,
    budgetUsd: cost.budgetUsd,
    report: artifacts['reportHtml'],
  };
}

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
