/**
 * What the live view shows of a run: folded from its events, drawn as lines. Nothing here touches a terminal.
 * @module
 */
import type { WatchEvent } from '../client/index.js';
import type { TrialsView } from '../run/jobs.js';
import type { RunStatus } from '../run/progress.js';
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
}

export interface RunView {
  run: string;
  stages: Map<Stage, StageLine>;
  loss: number[];
  devNdcg: number[];
  /** Of the search, where there is one. */
  trials?: TrialsView;
  step?: number;
  epoch?: number;
  status: RunStatus;
  /** When the run started, ISO 8601; known from the first look on. */
  startedAt?: string;
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
        line.startedAt = event.at;
        line.endedAt = undefined;
        if (event.stage === 'evaluate') leaveOutTraining(view);
      } else {
        line.endedAt = event.at;
      }
      return;
    }
    case 'job':
      stageOf(view, event.stage).job = [
        event.status,
        event.secondaryStatus !== event.status && event.secondaryStatus,
        event.instanceType,
      ]
        .filter(Boolean)
        .join(' · ');
      return;
    case 'metric':
      if (event.loss !== undefined) view.loss.push(event.loss);
      if (event.devNdcgAt10 !== undefined) view.devNdcg.push(event.devNdcgAt10);
      view.step = event.step ?? view.step;
      view.epoch = event.epoch ?? view.epoch;
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
    case 'end':
      view.status = event.status;
  }
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

/** The view as lines, each at most `width` characters wide before styling. */
export function lines(view: RunView, { style }: Pick<Io, 'style'>, width: number, now: Date): string[] {
  const drawn = [style('bold', cut(view.run, width))];
  const stages = [...view.stages].filter(([name]) => name !== 'done');
  for (const [stage, line] of stages) {
    const mark = markOf(line, view.status, now);
    const took = line.startedAt ? duration(secondsBetween(line.startedAt, line.endedAt ?? now)) : '';
    const text = cut(`${stage.padEnd(10)} ${took.padStart(7)}  ${line.job ?? ''}`.trimEnd(), width - 4);
    drawn.push(`  ${style(mark.colour, mark.sign)} ${line.startedAt ? text : style('dim', text)}`);
    if (stage === 'train') drawn.push(...curves(view, style, width));
    if (stage === 'tune' && view.trials) drawn.push(...search(view.trials, style, width));
  }
  const elapsed = view.startedAt ? duration(secondsBetween(view.startedAt, now)) : '0s';
  drawn.push(
    cut(
      `  elapsed ${elapsed} · cost so far ${soFar({ accruedUsd: view.costUsd, unknownSoFar: view.costLacks })}${view.status === 'waitingForApproval' ? ' · waits for approval' : ''}`,
      width,
    ),
  );
  if (view.notice) drawn.push(style('yellow', cut(`  ${view.notice}`, width)));
  return drawn;
}

function markOf(
  { startedAt, endedAt }: StageLine,
  status: RunStatus,
  now: Date,
): { sign: string; colour: Parameters<Io['style']>[0] } {
  if (!startedAt) return { sign: '·', colour: 'dim' };
  if (endedAt) return { sign: '✔', colour: 'green' };
  if (status === 'failed' || status === 'rejected' || status === 'cancelled') return { sign: '✘', colour: 'red' };
  if (status === 'done') return { sign: '✔', colour: 'green' };
  return { sign: SPINNER[Math.floor(now.getTime() / 100) % SPINNER.length]!, colour: 'cyan' };
}

/** So many rows leave room for the stages on a small terminal. */
const MOST_TRIALS = 8;

const search = (trials: TrialsView, style: Io['style'], width: number): string[] =>
  [trialsLine(trials), ...trialsTable(trials, MOST_TRIALS)].map((line) => style('dim', cut(`      ${line}`, width)));

function curves({ loss, devNdcg, step, epoch }: RunView, style: Io['style'], width: number): string[] {
  const place = [step !== undefined && `step ${step}`, epoch !== undefined && `epoch ${epoch.toFixed(2)}`]
    .filter(Boolean)
    .join(' · ');
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
