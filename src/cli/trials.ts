/**
 * The trials of a tuning job, as `watch` and `show` print them.
 * @module
 */
import { countersLine } from '../spec/trialCounters.js';
import type { TrialsView, TrialView } from '../run/jobs.js';
import type { Progress } from '../run/progress.js';
import { table } from './text.js';

/** "5 of 8 trials · 2 running · best dev nDCG@10 0.7123" */
export const trialsLine = (trials: TrialsView): string =>
  [countersLine(trials), trials.best?.metric !== undefined && `best dev nDCG@10 ${trials.best.metric.toFixed(4)}`]
    .filter(Boolean)
    .join(' · ');

/** The best first, those without a score last; a row a trial, with what was tuned. */
export function trialsTable({ shown, best }: TrialsView, most: number): string[] {
  if (shown.length === 0) return [];
  const names = [...new Set(shown.flatMap(({ parameters }) => Object.keys(parameters)))];
  const order = [...shown].sort((a, b) => (b.metric ?? -1) - (a.metric ?? -1));
  const rows = order
    .slice(0, most)
    .map((trial) => [
      trial.name === best?.name ? '★' : '',
      numberOf(trial),
      trial.metric?.toFixed(4) ?? '–',
      ...names.map((name) => setting(trial.parameters[name])),
      trial.status,
    ]);
  const drawn = table([['', 'trial', 'dev nDCG@10', ...names, 'status'], ...rows]).split('\n');
  return order.length > most ? [...drawn, `   and ${order.length - most} more`] : drawn;
}

/** SageMaker names them <tuning job>-<number>-<letters>. */
const numberOf = ({ name }: TrialView): string => /-(\d{3,})-[^-]+$/.exec(name)?.[1] ?? name;

const setting = (value: number | undefined): string =>
  value === undefined ? '–' : String(Number(value.toPrecision(3)));

/** Of the run's last search; none where it had none. */
export function trialsOf({ jobs }: Pick<Progress, 'jobs'>, most: number): string[] {
  const trials = jobs.findLast((job) => job.trials)?.trials;
  return trials ? ['', trialsLine(trials), ...trialsTable(trials, most), ''] : [];
}
