/**
 * A tuning job in the words that the Temporal UI shows.
 * @module
 */
import { asCode, forMarkdown } from '../../spec/foreignText.js';
import { countersLine } from '../../spec/trialCounters.js';
import type { TrialsView, TrialView } from '../../run/jobs.js';

/** "**0.7123** · learningRate 0.00003 · epochs 2 · Completed · `name`" */
export function trialLine({ name, status, parameters, metric }: TrialView): string {
  const score = metric === undefined ? '–' : `**${metric.toFixed(4)}**`;
  const settings = Object.entries(parameters).map(
    ([key, value]) => `${forMarkdown(key)} ${Number(value.toPrecision(3))}`,
  );
  return [score, ...settings, forMarkdown(status), asCode(name)].join(' · ');
}

const MOST_LINES = 10;

/** Counters, then the best and the newest trials. */
export function trialsDetails(trials: TrialsView): string {
  const { best, shown } = trials;
  return [
    countersLine(trials),
    '',
    ...shown
      .slice(0, MOST_LINES)
      .map((trial) => `- ${trial.name === best?.name ? 'best so far: ' : ''}${trialLine(trial)}`),
    ...(shown.length > MOST_LINES ? [`- and ${shown.length - MOST_LINES} more`] : []),
  ].join('\n');
}
