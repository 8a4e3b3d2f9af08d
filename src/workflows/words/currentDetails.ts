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
import { embeddingInWords } from '../../run/embedding.js';
import type { JobView } from '../../run/jobs.js';
import { askedIn, askedInWords } from '../../run/origins.js';
import type { ComparedBases, Cost, Progress, StageView } from '../../run/progress.js';
import { questionsInWords } from '../../run/questions.js';
import { duration, minuteUtc, secondsBetween } from '../../run/times.js';
import { indexInWords } from '../../run/vectorIndex.js';
import { trialLine } from './trialWords.js';

export function currentDetails(run: Progress): string {
  const listed = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, '', ...lines.map((line) => `- ${forMarkdown(line)}`)];
  return [
    headline(run),
    ...whatNow(run),
    ...listed('**Why**', run.reasons),
    '',
    '**Stages**',
    '',
    ...run.timeline.map((stage) => `- ${stageLine(run, stage)}`),
    ...listed('**Stopped**', run.stopped),
    ...expected(run.cost),
    ...listed('**Notices**', run.notices),
  ].join('\n');
}

/** Letters, not the sign: two of those are a formula to the UI's Markdown. */
const usd = (amount: number): string => `USD ${amount.toFixed(amount < 1 ? 3 : 2)}`;

function headline({
  bases,
  embedding,
  status,
  decision,
  stage,
  failure,
  endpoint,
  cost,
  unchanged,
  timeline,
}: Progress): string {
  const money = cost.accruedUsd === undefined ? '' : ` · ${usd(cost.accruedUsd)} so far${lackIn(cost)}`;
  switch (status) {
    case 'done':
      if (bases) return `**Done**: ${bases.models.length} models are compared${onQuestions(bases)}${money}`;
      if (embedding) return `**Done**: ${embeddingInWords(embedding)}, in ${forMarkdown(embedding.output)}${money}`;
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
  const range = ({ low, high }: UsdRange): string => `USD ${low.toFixed(2)} to ${high.toFixed(2)}`;
  const orLess = (of: 'usdPerHour' | 'usdPerMonth'): string =>
    `USD ${hosting?.least ? `${hosting.least[of]} to ` : ''}${hosting?.[of]}`;
  return [
    '',
    `**Expected cost** ${estimateUsd ? range(estimateUsd) : 'not known'}, by AWS's list prices of ${pricesAsOf}`,
    '',
    ...stages.map(({ stage, usd: cost }) => `- ${stage}: ${cost ? range(cost) : 'price not known'}`),
    ...(budgetUsd === undefined ? [] : [`- at most USD ${budgetUsd} by budget.maxUsd`]),
    ...(hosting?.usdPerHour === undefined
      ? []
      : [`- endpoint: ${orLess('usdPerHour')} an hour, ${orLess('usdPerMonth')} a month, as long as it is there`]),
    ...(unknownPrices.length === 0 ? [] : [`- no price is known of ${unknownPrices.join(', ')}`]),
    ...(spotSavedUsd === undefined ? [] : [`- spot saved ${usd(spotSavedUsd)}`]),
  ];
}

function stageLine(
  { jobs, questions, index, embedding }: Progress,
  { stage, startedAt, endedAt, reusedFrom }: StageView,
): string {
  const job = jobs.findLast((candidate) => candidate.stage === stage);
  const times =
    endedAt === undefined
      ? `since ${clock(startedAt)}`
      : `${clock(startedAt)}, ${duration(secondsBetween(startedAt, endedAt))}`;
  const metrics = Object.entries(job?.metrics ?? {}).map(([name, value]) => metricInWords(name, value));
  const facts = job
    ? [
        forMarkdown(job.secondaryStatus ?? job.status),
        `${job.spot ? 'spot ' : ''}${forMarkdown(job.instanceType)}`,
        ...metrics,
        linkTo(job),
      ]
    : reusedFrom
      ? [`reused from ${forMarkdown(reusedFrom)}, nothing paid`]
      : [];
  const asked = stage === 'questions' && questions ? [questionsInWords(questions)] : [];
  const filled = stage === 'index' && index ? [indexInWords(index)] : [];
  const embedded = stage === 'embed' && embedding ? [embeddingInWords(embedding)] : [];
  const line = [`**${stage}**`, times, ...facts, ...asked, ...filled, ...embedded].join(' · ');
  if (!job?.trials) return line;
  const { best } = job.trials;
  return [line, `  - ${countersLine(job.trials)}`, ...(best ? [`  - best so far: ${trialLine(best)}`] : [])].join('\n');
}

/** What a person can do, each a paragraph of its own. */
function whatNow({ workflowId, status, artifacts }: Progress): string[] {
  const id = asCode(`attune report ${workflowId}`);
  const report = artifacts.reportHtml ? ['', `Report: ${id}, from ${asCode(artifacts.reportHtml)}`] : [];
  switch (status) {
    case 'running':
      return [...report, '', 'To stop it, cancel the run, or send the update cancelStage.'];
    case 'waitingForApproval':
      return [
        '',
        `Decide by ${asCode(`attune approve ${workflowId} --by "your name"`)} (or reject), or send the update approve or reject with ${asCode('{"by": "your name"}')}.`,
        ...report,
      ];
    default:
      return report;
  }
}

const METRIC_WORDS: Readonly<Record<string, (value: number) => string>> = {
  'dev:ndcg@10': (value) => `dev nDCG@10 ${value.toFixed(3)}`,
  'train:loss': (value) => `loss ${value.toPrecision(3)}`,
  'train:progress': (value) => `${Math.floor(value * 100)} % of the steps`,
};

const metricInWords = (name: string, value: number): string =>
  Object.hasOwn(METRIC_WORDS, name) ? METRIC_WORDS[name]!(value) : `${forMarkdown(name)} ${value.toPrecision(3)}`;

const PAGES: Readonly<Record<Exclude<JobView['kind'], 'batch'>, string>> = {
  processing: 'processing-jobs',
  training: 'jobs',
  tuning: 'hyper-tuning-jobs',
};

/** The job's page in the console, as far as its ARN tells of an account that AWS could have. */
function linkTo({ name, arn, kind }: JobView): string {
  if (kind === 'batch') return asCode(name);
  const [, region] = /^arn:aws:sagemaker:([a-z0-9-]+):(?!0{12}:)\d{12}:/.exec(arn) ?? [];
  if (region === undefined || !/^[A-Za-z0-9-]+$/.test(name)) return asCode(name);
  return `[${name}](https://${region}.console.aws.amazon.com/sagemaker/home?region=${region}#/${PAGES[kind]}/${name})`;
}

/** A wait may take days: "2026-01-05 09:12 UTC". */
const since = (timeline: Progress['timeline']): string => minuteUtc(timeline.at(-1)!.startedAt);

/** "09:12 UTC" */
const clock = (time: string): string => `${time.slice(11, 16)} UTC`;
