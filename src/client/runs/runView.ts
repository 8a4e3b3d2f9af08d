/**
 * What a live view shows of a run, folded from its events.
 * @module
 */
import { embeddingInWords } from '../../run/embedding.js';
import type { TrialsView } from '../../run/jobs.js';
import type { RunStatus } from '../../run/progress.js';
import { questionsInWords } from '../../run/questions.js';
import { duration, secondsBetween } from '../../run/times.js';
import { indexInWords } from '../../run/vectorIndex.js';
import type { Stage } from '../../run/stages.js';
import { factsOf, STAGE_NAMES, STAGES, type StageName } from '../../spec/stages.js';
import type { WatchEvent } from './watch.js';

export interface StageLine {
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

/** "step 20 of 120 · epoch 1.00 · 2m 05s left" */
export function placeIn({ step, steps, epoch, progress, firstMetricAt, lastMetricAt, status }: RunView): string {
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

export type StageState = 'ahead' | 'running' | 'done' | Outcome;

/** How a stage stands, in a run that stands so. */
export function stateOf({ startedAt, endedAt, outcome }: StageLine, status: RunStatus): StageState {
  if (!startedAt) return 'ahead';
  if (outcome) return outcome;
  if (endedAt) return 'done';
  if (status === 'failed' || status === 'rejected' || status === 'cancelled') return 'failed';
  return status === 'done' ? 'done' : 'running';
}
