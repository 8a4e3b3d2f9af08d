/**
 * Bases that were compared, as a table: the best first, with what each costs to serve.
 * @module
 */
import { askedIn, askedInWords } from '../run/origins.js';
import type { ComparedModel, Progress } from '../run/progress.js';
import { score, table } from './text.js';

const BESIDE = ['mrr@10', 'recall@10'];

export function basesTable({ bases }: Pick<Progress, 'bases'>): string[] {
  if (!bases) return [];
  const { metric, questions, origins, models } = bases;
  const shown = [metric, ...BESIDE.filter((name) => name !== metric)];
  const rows = models
    .filter(({ metrics }) => metrics)
    .map(({ name, metrics, size }) => [name, ...shown.map((one) => score(metrics?.[one])), ...costOf(size)]);
  const failed = models.flatMap(({ name, failure }) => (failure ? [`${name} could not be evaluated: ${failure}`] : []));
  const on = questions === undefined ? [] : [`on ${askedInWords(askedIn({ questions, origins }))}`];
  return ['', ...on, table([['', ...shown, 'dimensions', 'parameters', 'tokens read'], ...rows]), ...failed, ''];
}

/** BM25 has none, and of the model in service nobody asks. */
const costOf = (size: ComparedModel['size']): string[] =>
  size
    ? [
        `${size.dimensions}`,
        size.parameters === null ? 'unknown' : `${(size.parameters / 1e6).toFixed(1)} million`,
        size.maxSeqLength ? `${size.maxSeqLength}` : 'all',
      ]
    : [];
