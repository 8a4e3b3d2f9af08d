/**
 * What the live view shows of a run: folded from its events, drawn as lines. Nothing here touches a terminal.
 * @module
 */
import type { WatchEvent } from '../client/index.js';
import { embeddingInWords } from '../run/embedding.js';
import type { TrialsView } from '../run/jobs.js';
import type { RunStatus } from '../run/progress.js';
import { questionsInWords } from '../run/questions.js';
import { indexInWords } from '../run/vectorIndex.js';
import type { Stage } from '../run/stages.js';
import { factsOf, STAGE_NAMES, STAGES, type StageName } from '../spec/stages.js';
import { soFar } from './cost.js';
import type { Io } from './io.js';
import { cut, duration, secondsBetween, sparkline } from './text.js';
import { trialsLine, trialsTable } from './trials.js';

interface StageLine {
  startedAt?: string;
  endedAt?: string;
  /** The stage's latest job, as SageMaker has it. */
  job?: string;
  /** How it came out where that is not well; a further job of the stage may mend it. */
  outcome?: Outcome;
  /** How far its job is. */
  work?: string;
}

type Outcome = 'failed' | 'stopped';

export interface RunView {
  run: string;
  stages: Map<Stage, StageLine>;
  loss: number[];
  devNdcg: number[];
  /** Of the search, where there is one. */
  trials?: TrialsView;
  step?: number;
  epoch?: number;
  /** Steps of the whole training, the share of them that is done, when its first and when its last line was printed. */
  steps?: number;
  progress?: number;
  firstMetricAt?: string;
  lastMetricAt?: string;
  status: RunStatus;
  /** When the run started and when it ended, ISO 8601; the one is known from the first look on. */
  startedAt?: string;
  endedAt?: string;
  costUsd?: number;
  /** Instance types that ran and whose price is not known. */
  costLacks?: string[];
  notice?: string;
}

/** The ones that only some runs have appear once a run comes to them. */
const SHOWN = STAGE_NAMES.filter((stage) => !factsOf(stage).optional);

export const emptyView = (run: string): RunView => ({
  run,
  stages: new Map(SHOWN.map((stage) => [stage, {}])),
  loss: [],
  devNdcg: [],
  status: 'running',
});

/** Takes one event in. */
export function take(view: RunView, event: WatchEvent): void {
  switch (event.type) {
    case 'stage': {
      const line = stageOf(view, event.stage);
      if (event.state === 'started') {
        Object.assign(line, { startedAt: event.at, endedAt: undefined, outcome: undefined, work: undefined });
        if (event.stage === 'evaluate') leaveOutTraining(view);
      } else {
        line.endedAt = event.at;
        line.work = undefined;
      }
      return;
    }
    case 'job': {
      const line = stageOf(view, event.stage);
      line.job = [event.status, event.secondaryStatus !== event.status && event.secondaryStatus, event.instanceType]
        .filter(Boolean)
        .join(' · ');
      line.outcome = OUTCOMES[event.status];
      return;
    }
    case 'work': {
      const { what, done, of, secondsLeft } = event;
      const counted = `${done.toLocaleString('en')} of ${of.toLocaleString('en')} passages`;
      stageOf(view, event.stage).work = `${what}: ${counted}, ${duration(secondsLeft)} left`;
      return;
    }
    case 'questions':
      stageOf(view, 'questions').job = questionsInWords(event.questions);
      return;
    case 'embedding':
      stageOf(view, 'embed').job = embeddingInWords(event.embedding);
      return;
    case 'index':
      stageOf(view, 'index').job = indexInWords(event.index);
      return;
    case 'metric':
      if (event.loss !== undefined) view.loss.push(event.loss);
      if (event.devNdcgAt10 !== undefined) view.devNdcg.push(event.devNdcgAt10);
      // A score may be told once more when its weights are kept: what was reached stays.
      view.step = latest(view.step, event.step);
      view.epoch = latest(view.epoch, event.epoch);
      view.progress = latest(view.progress, event.progress);
      view.steps = stepsIn(event) ?? view.steps;
      view.firstMetricAt ??= event.at;
      view.lastMetricAt = event.at;
      return;
    case 'trials':
      view.trials = event.trials;
      return;
    case 'progress':
      view.status = event.status;
      view.costUsd = event.costUsd;
      view.costLacks = event.costLacks;
      view.startedAt ??= new Date(Date.parse(event.at) - event.elapsedSeconds * 1000).toISOString();
      view.notice = undefined;
      return;
    case 'notice':
      view.notice = event.message;
      return;
    case 'decision':
      if (event.decision !== 'passed') stageOf(view, 'gate').outcome = 'failed';
      return;
    case 'end':
      end(view, event);
  }
}

/** Lower shares are rounded too far to tell. */
const LEAST_SHARE = 0.02;

/** Of the whole training, by a line that tells its share. */
export const stepsIn = ({ step, progress }: { step?: number; progress?: number }): number | undefined =>
  step && progress && progress >= LEAST_SHARE ? Math.round(step / progress) : undefined;

const OUTCOMES: Readonly<Record<string, Outcome>> = { Failed: 'failed', Stopped: 'stopped' };

const latest = (before: number | undefined, now: number | undefined): number | undefined =>
  before === undefined || now === undefined ? (now ?? before) : Math.max(before, now);

/** The stage that the run ended in came out as the run did. */
function end(view: RunView, { at, status, progress }: Extract<WatchEvent, { type: 'end' }>): void {
  view.status = status;
  view.endedAt = at;
  const last = progress.timeline.findLast(({ stage }) => stage !== 'done')?.stage;
  if (last === undefined) return;
  if (status === 'failed' || status === 'rejected') stageOf(view, last).outcome = 'failed';
  if (status === 'cancelled') stageOf(view, last).outcome = 'stopped';
}

/** A stage that only some runs have goes where it comes: approve before deploy, tune in the place of train. */
function stageOf(view: RunView, stage: Stage): StageLine {
  const known = view.stages.get(stage);
  if (known) return known;
  const line: StageLine = {};
  view.stages.set(stage, line);
  const replaced = isKnown(stage) ? factsOf(stage).insteadOf : undefined;
  const left = [...view.stages].filter(([name]) => name !== replaced);
  view.stages = new Map(left.sort(([a], [b]) => placeOf(a) - placeOf(b)));
  return line;
}

/** A run that began with a model came to the evaluation without it. */
function leaveOutTraining({ stages }: RunView): void {
  if (stages.get('train')?.startedAt === undefined) stages.delete('train');
}

const isKnown = (stage: Stage): stage is StageName => stage in STAGES;
/** What only a newer worker knows comes last. */
const placeOf = (stage: Stage): number => (isKnown(stage) ? STAGE_NAMES.indexOf(stage) : STAGE_NAMES.length);

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const CURVE_WIDTH = 24;

/**
 * The view as lines, each at most `width` characters wide before styling, and at most `height` of them: a view that is higher
 * than the terminal would be drawn anew below itself, again and again.
 */
export function lines(
  view: RunView,
  { style }: Pick<Io, 'style'>,
  width: number,
  now: Date,
  height = Infinity,
): string[] {
  const until = view.endedAt ? new Date(view.endedAt) : now;
  const body: string[] = [];
  let newest = 0;
  for (const [stage, line] of [...view.stages].filter(([name]) => name !== 'done')) {
    const mark = markOf(line, view.status, now);
    const took = line.startedAt ? duration(secondsBetween(line.startedAt, line.endedAt ?? until)) : '';
    const told = [line.job, line.work].filter(Boolean).join(' · ');
    const text = cut(`${stage.padEnd(10)} ${took.padStart(7)}  ${told}`.trimEnd(), width - 4);
    body.push(`  ${style(mark.colour, mark.sign)} ${line.startedAt ? text : style('dim', text)}`);
    if (stage === 'train') body.push(...curves(view, style, width));
    if (stage === 'tune' && view.trials) body.push(...search(view.trials, style, width));
    if (line.startedAt) newest = body.length;
  }
  const elapsed = view.startedAt ? duration(secondsBetween(view.startedAt, until)) : '0s';
  const cost = soFar({ accruedUsd: view.costUsd, unknownSoFar: view.costLacks });
  const feet = [cut(`  elapsed ${elapsed} · cost so far ${cost}`, width)];
  if (view.status === 'waitingForApproval')
    feet.push(style('yellow', cut(`  waits for approval: attune approve ${view.run} --by "your name"`, width)));
  if (view.notice) feet.push(style('yellow', cut(`  ${view.notice}`, width)));
  return [style('bold', cut(view.run, width)), ...around(body, newest, height - 1 - feet.length), ...feet];
}

/** So many lines, up to the newest one and as many after it as there is room for. */
function around(body: string[], newest: number, most: number): string[] {
  if (body.length <= most) return body;
  const from = Math.max(0, newest - Math.max(most, 0));
  return body.slice(from, from + Math.max(most, 0));
}

function markOf(
  { startedAt, endedAt, outcome }: StageLine,
  status: RunStatus,
  now: Date,
): { sign: string; colour: Parameters<Io['style']>[0] } {
  if (!startedAt) return { sign: '·', colour: 'dim' };
  if (outcome === 'failed') return { sign: '✘', colour: 'red' };
  if (outcome === 'stopped') return { sign: '■', colour: 'yellow' };
  if (endedAt) return { sign: '✔', colour: 'green' };
  if (status === 'failed' || status === 'rejected' || status === 'cancelled') return { sign: '✘', colour: 'red' };
  if (status === 'done') return { sign: '✔', colour: 'green' };
  return { sign: SPINNER[Math.floor(now.getTime() / 100) % SPINNER.length]!, colour: 'cyan' };
}

/** So many rows leave room for the stages on a small terminal. */
const MOST_TRIALS = 8;

const search = (trials: TrialsView, style: Io['style'], width: number): string[] =>
  [trialsLine(trials), ...trialsTable(trials, MOST_TRIALS)].map((line) => style('dim', cut(`      ${line}`, width)));

/** "step 20 of 120 · epoch 1.00 · 2m 05s left" */
function placeIn({ step, steps, epoch, progress, firstMetricAt, lastMetricAt, status }: RunView): string {
  const left =
    progress && progress < 1 && status === 'running' && firstMetricAt && lastMetricAt
      ? (secondsBetween(firstMetricAt, lastMetricAt) / progress) * (1 - progress)
      : 0;
  return [
    step !== undefined && `step ${step}${steps === undefined ? '' : ` of ${steps}`}`,
    epoch !== undefined && `epoch ${epoch.toFixed(2)}`,
    left > 0 && `${duration(left)} left`,
  ]
    .filter(Boolean)
    .join(' · ');
}

function curves(view: RunView, style: Io['style'], width: number): string[] {
  const { loss, devNdcg } = view;
  const place = placeIn(view);
  const curve = (name: string, values: number[], after = ''): string[] =>
    values.length === 0
      ? []
      : [
          style(
            'dim',
            cut(
              `      ${name.padEnd(12)} ${sparkline(values, CURVE_WIDTH).padEnd(Math.min(CURVE_WIDTH, values.length))} ${values.at(-1)!.toFixed(4)}  ${after}`.trimEnd(),
              width,
            ),
          ),
        ];
  return [...curve('loss', loss, place), ...curve('dev nDCG@10', devNdcg)];
}
