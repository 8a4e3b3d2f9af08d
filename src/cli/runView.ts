/**
 * The live view of a run, drawn as lines. Nothing here touches a terminal.
 * @module
 */
import { placeIn, stateOf, type RunView, type StageState } from '../client/runs/runView.js';
import type { TrialsView } from '../run/jobs.js';
import { soFar } from './cost.js';
import type { Io } from './io.js';
import { cut, duration, secondsBetween, sparkline } from './text.js';
import { trialsLine, trialsTable } from './trials.js';

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
    const state = stateOf(line, view.status);
    const took = line.startedAt ? duration(secondsBetween(line.startedAt, line.endedAt ?? until)) : '';
    const told = [line.job, line.work].filter(Boolean).join(' · ');
    const text = cut(`${stage.padEnd(10)} ${took.padStart(7)}  ${told}`.trimEnd(), width - 4);
    body.push(`  ${style(MARKS[state].colour, signOf(state, now))} ${line.startedAt ? text : style('dim', text)}`);
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

const MARKS: Record<StageState, { sign: string; colour: Parameters<Io['style']>[0] }> = {
  ahead: { sign: '·', colour: 'dim' },
  running: { sign: '', colour: 'cyan' },
  done: { sign: '✔', colour: 'green' },
  failed: { sign: '✘', colour: 'red' },
  stopped: { sign: '■', colour: 'yellow' },
};

/** What runs turns. */
const signOf = (state: StageState, now: Date): string =>
  state === 'running' ? SPINNER[Math.floor(now.getTime() / 100) % SPINNER.length]! : MARKS[state].sign;

/** So many rows leave room for the stages on a small terminal. */
const MOST_TRIALS = 8;

const search = (trials: TrialsView, style: Io['style'], width: number): string[] =>
  [trialsLine(trials), ...trialsTable(trials, MOST_TRIALS)].map((line) => style('dim', cut(`      ${line}`, width)));

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
