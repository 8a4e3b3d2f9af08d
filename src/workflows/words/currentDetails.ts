/**
 * What the Temporal UI shows of a running run: Markdown, a few hundred bytes, changed on transitions only. Times are start
 * times, because nothing redraws it while a stage goes on.
 *
 * Bullets rather than a table: the UI draws tables without borders or padding.
 * @module
 */
import type { UsdRange } from '../../spec/cost.js';
import { asCode, forMarkdown } from '../../spec/foreignText.js';
import { countersLine } from '../../spec/trialCounters.js';
import { askedIn, askedInWords } from '../../run/origins.js';
import type { ComparedBases, Cost, Progress, StageView } from '../../run/progress.js';
import { trialLine } from './trialWords.js';

export function currentDetails(run: Progress): string {
  return [
    headline(run),
    '',
    ...run.timeline.map((stage) => `- ${stageLine(run, stage)}`),
    ...(run.reasons.length > 0 ? ['', ...run.reasons.map((reason) => `- ${forMarkdown(reason)}`)] : []),
    ...(run.stopped.length > 0 ? ['', '**Stopped**', ...run.stopped.map((what) => `- ${forMarkdown(what)}`)] : []),
    ...expected(run.cost),
    ...(run.notices.length > 0 ? ['', '**Notices**', ...run.notices.map((notice) => `- ${forMarkdown(notice)}`)] : []),
    '',
    whatNow(run),
  ].join('\n');
}

function headline({ bases, status, decision, stage, failure, endpoint, cost, unchanged, timeline }: Progress): string {
  const money = cost.accruedUsd === undefined ? '' : ` · $${cost.accruedUsd.toFixed(2)} so far${lackIn(cost)}`;
  switch (status) {
    case 'done':
      if (bases) return `**Done**: ${bases.models.length} models are compared${onQuestions(bases)}${money}`;
      if (unchanged) return `**Done**: nothing is new since ${forMarkdown(unchanged.since)}`;
      return endpoint
        ? `**Done**: endpoint ${forMarkdown(endpoint.name)} serves the new model${money}`
        : `**Done**: the model is packaged${money}`;
    case 'rejected':
      return decision === 'unproven'
        ? `**Unproven**: too few questions that may decide, nothing was deployed${money}`
        : `**Rejected**: nothing was deployed${money}`;
    case 'failed':
      return `**Failed** at ${stage}: ${forMarkdown(failure?.message ?? 'no reason was given')}`;
    case 'cancelled':
      return `**Cancelled** at ${stage}${money}`;
    case 'waitingForApproval':
      return `**Waiting for a person** to approve or reject the model, since ${since(timeline)}`;
    case 'running':
      return `**${stage}**${money}`;
  }
}

const onQuestions = ({ questions, origins }: ComparedBases): string =>
  questions === undefined ? '' : ` on ${askedInWords(askedIn({ questions, origins }))}`;

const lackIn = ({ unknownSoFar = [] }: Cost): string =>
  unknownSoFar.length > 0 ? `, without ${unknownSoFar.join(', ')} (price not known)` : '';

/** What the run is expected to cost: jobs by stage, the endpoint by the hour. */
function expected({
  stages = [],
  estimateUsd,
  hosting,
  pricesAsOf,
  unknownPrices,
  budgetUsd,
  spotSavedUsd,
}: Cost): string[] {
  if (stages.length === 0) return [];
  const dollars = ({ low, high }: UsdRange): string => `$${low.toFixed(2)} to $${high.toFixed(2)}`;
  const orLess = (of: 'usdPerHour' | 'usdPerMonth'): string =>
    `${hosting?.least ? `$${hosting.least[of]} to ` : ''}$${hosting?.[of]}`;
  const byStage = stages.map(({ stage, usd }) => `${stage} ${usd ? dollars(usd) : 'unknown'}`).join(', ');
  return [
    '',
    `**Expected cost** ${estimateUsd ? dollars(estimateUsd) : 'not known'} (${byStage}), prices of ${pricesAsOf}`,
    ...(budgetUsd === undefined ? [] : [`- at most $${budgetUsd} by budget.maxUsd`]),
    ...(hosting?.usdPerHour === undefined
      ? []
      : [`- endpoint: ${orLess('usdPerHour')} an hour, ${orLess('usdPerMonth')} a month, as long as it is there`]),
    ...(unknownPrices.length === 0 ? [] : [`- no price is known of ${unknownPrices.join(', ')}`]),
    ...(spotSavedUsd === undefined ? [] : [`- spot saved $${spotSavedUsd.toFixed(2)}`]),
  ];
}

function stageLine({ jobs }: Progress, { stage, startedAt, endedAt, reusedFrom }: StageView): string {
  const job = jobs.findLast((candidate) => candidate.stage === stage);
  const times = endedAt === undefined ? `since ${clock(startedAt)}` : `${clock(startedAt)} to ${clock(endedAt)}`;
  const metrics = Object.entries(job?.metrics ?? {}).map(
    ([name, value]) => `${forMarkdown(name)} ${value.toPrecision(3)}`,
  );
  const facts = job
    ? [
        forMarkdown(job.secondaryStatus ?? job.status),
        `${job.spot ? 'spot ' : ''}${forMarkdown(job.instanceType)}`,
        ...metrics,
        asCode(job.name),
      ]
    : reusedFrom
      ? [`reused from ${forMarkdown(reusedFrom)}, $0`]
      : [];
  const line = [`**${stage}**`, times, ...facts].join(' · ');
  if (!job?.trials) return line;
  const { best } = job.trials;
  return [line, `  - ${countersLine(job.trials)}`, ...(best ? [`  - best so far: ${trialLine(best)}`] : [])].join('\n');
}

function whatNow({ status, artifacts }: Progress): string {
  const report = artifacts.reportHtml ? ` Report: ${forMarkdown(artifacts.reportHtml)}` : '';
  switch (status) {
    case 'running':
      return `You can cancel the run, or send the update cancelStage.${report}`;
    case 'waitingForApproval':
      return `Send the update approve or reject with {"by": "your name"}.${report}`;
    default:
      return report.trim();
  }
}

/** A wait may take days: "2026-01-05 09:12 UTC". */
const since = (timeline: Progress['timeline']): string =>
  `${timeline.at(-1)?.startedAt.slice(0, 16).replace('T', ' ')} UTC`;

/** "09:12 UTC" */
const clock = (time: string): string => `${time.slice(11, 16)} UTC`;
