/**
 * The line by which the training script tells a metric; SageMaker reads it by regular expressions, `attune watch` from the log:
 *
 *     attune-metric step=10 epoch=0.25 progress=0.125 loss=0.5312
 *
 * @module
 */

const NUMBER = '[-+0-9.eE]+';

/** What a line may tell, by our name: its key in the line, and what its value looks like. */
const PARTS = {
  step: { key: 'step', value: NUMBER },
  epoch: { key: 'epoch', value: NUMBER },
  /** Share of all steps that are done. */
  progress: { key: 'progress', value: '[.0-9]+' },
  loss: { key: 'loss', value: NUMBER },
  devNdcgAt10: { key: 'dev_ndcg_at_10', value: NUMBER },
} as const;
export type MetricPart = keyof typeof PARTS;

/** A regular expression whose one group is the value. */
export const metricRegex = (part: MetricPart): string => `attune-metric .*\\b${PARTS[part].key}=(${PARTS[part].value})`;

const READERS = (Object.keys(PARTS) as MetricPart[]).map((part) => [part, new RegExp(metricRegex(part))] as const);

/** @returns what the line tells; undefined where it is no metric line */
export function readMetricLine(text: string): Partial<Record<MetricPart, number>> | undefined {
  if (!text.includes('attune-metric ')) return undefined;
  const found = READERS.map(([part, regex]) => [part, Number(regex.exec(text)?.[1])] as const);
  return Object.fromEntries(found.filter(([, value]) => Number.isFinite(value)));
}
