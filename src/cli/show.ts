/**
 * `attune show`: where a run stands.
 * @module
 */
import type { Reader } from '../client/index.js';
import { embeddingInWords } from '../run/embedding.js';
import { SYSTEMS } from '../run/evaluation.js';
import type { JobView } from '../run/jobs.js';
import { askedInWords } from '../run/origins.js';
import { endOf, type Cost, type Progress } from '../run/progress.js';
import { questionsInWords } from '../run/questions.js';
import { indexInWords } from '../run/vectorIndex.js';
import { artifactLines } from './artifactLines.js';
import { estimateTable, sayNotBilled, spent, storedLine } from './cost.js';
import { EXIT } from './exit.js';
import { lineageLines } from './lineageLines.js';
import { basesTable } from './basesTable.js';
import type { Io, JsonFlag } from './io.js';
import { signed } from '../run/numbers.js';
import { nextApart } from '../spec/failures.js';
import { reading } from './reading.js';
import { setAsideLines } from './setAsideLines.js';
import { duration, score, secondsBetween, statusWords, table, usd } from './text.js';
import { trialsOf } from './trials.js';

export const show = (io: Io, run: string, flags: JsonFlag): Promise<number> =>
  reading(io, (reader) => shownBy(reader, io, run, flags));

async function shownBy(reader: Reader, io: Io, run: string, { json }: JsonFlag): Promise<number> {
  const progress = await reader.progress(run);
  if (json) io.json(progress);
  else {
    await sayNotBilled(io);
    io.out(full(progress, io));
    await printSetAside(io, reader, progress);
    if (progress.status === 'failed') await printLogTail(io, reader, progress.workflowId);
  }
  io.next(nextOf(progress));
  return EXIT.done;
}

/** What can be said of the run has been said: a data report that cannot be read is no failure of `show`. */
async function printSetAside(io: Io, reader: Reader, { workflowId, artifacts }: Progress): Promise<void> {
  if (!artifacts['dataReport']) return;
  try {
    const lines = setAsideLines(await reader.setAside(workflowId), io.width());
    if (lines.length > 0) io.out(lines.join('\n'));
  } catch (error) {
    io.say(`what was set aside of the data could not be read: ${(error as Error).message}`);
  }
}

/** What can be said of the run has been said: a log that cannot be read is no failure of `show`. */
async function printLogTail(io: Io, reader: Reader, run: string): Promise<void> {
  try {
    const tail = await reader.logTail(run);
    if (tail) io.out(`\nthe end of the log of ${tail.job}:\n${tail.text.trimEnd().replace(/^/gm, '  | ')}`);
  } catch (error) {
    io.say(`the end of the job's log could not be read: ${(error as Error).message}`);
  }
}

function nextOf({ workflowId, status, unchanged, artifacts, embedding }: Progress): string {
  if (unchanged) return `attune show ${unchanged.since}`;
  if (status === 'running') return `attune watch ${workflowId}`;
  if (embedding)
    return status === 'done'
      ? `aws s3 ls ${embedding.output}`
      : `attune retry ${workflowId}, or the same attune embed again: it continues where this stopped`;
  if (status === 'waitingForApproval') return `attune approve ${workflowId} --by "your name", or attune reject`;
  if (status === 'rejected' && !artifacts['reportHtml']) return 'change what is said above, then attune submit SPEC';
  return status === 'done' || status === 'rejected'
    ? `attune report ${workflowId}`
    : `fix what is said above, then attune retry ${workflowId}, or attune submit SPEC`;
}

/** Rows of a search: a long one is told in full by `--json` and by the trials in S3. */
const MOST_TRIALS = 20;

/** What a person wants to know first: how it ended, the numbers, the endpoint, the cost. */
export function summary(progress: Progress, io: Pick<Io, 'style'>): string {
  const { workflowId, status, decision, reasons, failure, endpoint, stopped, notices, unchanged } = progress;
  const { readFrom, mayBeOld } = progress;
  const colour = {
    done: 'green',
    failed: 'red',
    rejected: 'yellow',
    cancelled: 'yellow',
    running: 'cyan',
    waitingForApproval: 'cyan',
  } as const;
  return [
    `${io.style(colour[status], statusWords(endOf(progress)))}${unchanged ? ', unchanged' : ''}  ${workflowId}`,
    ...failureLines(failure),
    ...(decision ? [`gate ${decision}: ${reasons.join('; ')}`] : []),
    ...(status === 'waitingForApproval' ? [`waits for a person since ${minuteOf(progress)} UTC`] : []),
    ...(progress.questions ? [`questions ${questionsInWords(progress.questions)}`] : []),
    ...(progress.embedding ? [`vectors ${progress.embedding.output}  ${embeddingInWords(progress.embedding)}`] : []),
    ...(progress.index ? [`index ${progress.index.name}  ${indexInWords(progress.index)}`] : []),
    ...trialsOf(progress, MOST_TRIALS),
    ...metricsTable(progress),
    ...basesTable(progress),
    ...guardLines(progress),
    ...(endpoint ? [`endpoint ${endpoint.name}  ${endpoint.status}  config ${endpoint.configName}`] : []),
    spent(progress),
    ...stopped.map((what) => `stopped ${what}`),
    ...notices.map((what) => `note: ${what}`),
    ...(readFrom
      ? [`from ${readFrom}: Temporal ${mayBeOld ? 'does not answer, so this may be old' : 'has forgotten the run'}`]
      : []),
  ].join('\n');
}

/** The cause, a line each, and apart from it what to do. */
function failureLines(failure: Progress['failure']): string[] {
  if (!failure) return [];
  const { what, next } = nextApart(failure.message);
  const lines = what
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return [`${failure.type}: ${lines.join('\n  ')}`, ...(next ? [`to do: ${next}`] : [])];
}

const minuteOf = ({ timeline }: Progress): string | undefined =>
  timeline.at(-1)?.startedAt.slice(0, 16).replace('T', ' ');

function full(progress: Progress, io: Pick<Io, 'style'>): string {
  const { timeline, jobs, artifacts, cost } = progress;
  return [
    summary(progress, io),
    ...lineageLines(progress),
    ...(timeline.length === 0
      ? []
      : [
          '',
          table([
            ['stage', 'started', 'took'],
            ...timeline.map((s) => [
              s.stage,
              s.startedAt.slice(0, 19).replace('T', ' '),
              duration(secondsBetween(s.startedAt, s.endedAt)),
              ...(s.reusedFrom ? [`$0, reused from ${s.reusedFrom}`] : []),
            ]),
          ]),
        ]),
    ...(jobs.length === 0
      ? []
      : [
          '',
          table([
            ['job', 'kind', 'status', 'instance', 'billed', 'cost'],
            ...jobs.map((j) => [
              j.name,
              j.kind,
              j.status,
              `${(j.count ?? 1) > 1 ? `${j.count} × ` : ''}${j.spot ? 'spot ' : ''}${j.instanceType}`,
              billedOf(j),
              usd(j.usd),
            ]),
          ]),
        ]),
    ...estimateOf(cost),
    ...(cost.stored ? ['', storedLine(cost.stored)] : []),
    ...artifactLines(artifacts),
  ].join('\n');
}

/** Before preflight has settled the run there is none. */
const estimateOf = ({ stages, pricesAsOf, ...cost }: Cost): string[] =>
  stages && pricesAsOf ? ['', ...estimateTable({ ...cost, stages, pricesAsOf })] : [];

/** "20m 00s, 66 % less than it trained" */
const billedOf = ({ seconds, trainingSeconds = 0, spot }: JobView): string =>
  seconds === undefined
    ? '–'
    : `${duration(seconds)}${spot && trainingSeconds > seconds ? `, ${Math.round((1 - seconds / trainingSeconds) * 100)} % less than it trained` : ''}`;

const SHOWN = ['ndcg@10', 'mrr@10', 'recall@10'];

/** A row a system, then the gains with their intervals. */
export function metricsTable({
  metrics,
  comparisons,
  asked,
}: Pick<Progress, 'metrics' | 'comparisons' | 'asked'>): string[] {
  const systems = SYSTEMS.filter((system) => metrics[system]);
  if (systems.length === 0) return [];
  const names = SHOWN.filter((name) => systems.some((system) => metrics[system]?.[name]));
  const rows = systems.map((system) => [system, ...names.map((name) => score(metrics[system]?.[name]))]);
  const gains = Object.entries(comparisons).map(
    ([pair, { metric, difference, low, high, confidence, wins, losses }]) =>
      `${pair.replace('-', ' − ')}  ${metric} ${signed(difference)} [${signed(low)} to ${signed(high)}, ${Math.round(confidence * 100)} %]  ${wins} won, ${losses} lost`,
  );
  return ['', ...(asked ? [`on ${askedInWords(asked)}`] : []), table([['', ...names], ...rows]), ...gains, ''];
}

/** How each guard set came out. */
export function guardLines({ guards = [] }: Pick<Progress, 'guards'>): string[] {
  if (guards.length === 0) return [];
  const rows = guards.map(({ name, verdict, questions, against, scores, comparison, mayLose }) => [
    name,
    verdict,
    `${questions}`,
    `${against} ${scores[against]?.mean.toFixed(3) ?? '–'} → ${scores.candidate?.mean.toFixed(3) ?? '–'}`,
    `${signed(comparison.difference)} [${signed(comparison.low)} to ${signed(comparison.high)}]`,
    mayLose.toFixed(3),
  ]);
  return [table([['guard', 'outcome', 'questions', 'rival → candidate', 'difference', 'may lose'], ...rows]), ''];
}
