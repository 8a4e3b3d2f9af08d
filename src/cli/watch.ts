/**
 * `attune watch`: a live view on a terminal, plain lines elsewhere, JSON lines on request.
 * @module
 */
import type { Attune, WatchEvent } from '../client/index.js';
import { emptyView, stepsIn, take } from '../client/runs/runView.js';
import { embeddingInWords } from '../run/embedding.js';
import { endOf, type Progress } from '../run/progress.js';
import { questionsInWords } from '../run/questions.js';
import { indexInWords } from '../run/vectorIndex.js';
import { sayNotBilled, spent } from './cost.js';
import { exitCodeOfRun } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { lines } from './runView.js';
import { summary } from './show.js';
import { duration } from './text.js';
import { trialsLine } from './trials.js';

export const watch = (io: Io, run: string, flags: JsonFlag): Promise<number> => follow(io, run, flags);

export interface FollowFlags extends JsonFlag {
  /** Whether it was said already whether anybody bills. Default false. */
  saidWhoBills?: boolean;
}

/** @returns the run's exit code */
export async function follow(io: Io, run: string, { json, saidWhoBills }: FollowFlags): Promise<number> {
  const attune = await io.attune();
  const signal = io.interruption();
  try {
    if (!json && !saidWhoBills) await sayNotBilled(io);
    const end = await (json ? jsonLines : io.terminal.out ? live : plain)(io, attune, run, signal);
    if (!json) io.out(`\n${summary(end, io)}`);
    sayNext(io, end);
    return exitCodeOfRun(end);
  } catch (error) {
    if (signal.aborted) io.next(`the run keeps running: attune watch ${run}, or stop it: attune cancel ${run}`);
    throw error;
  }
}

function sayNext(io: Io, { workflowId, status, unchanged, artifacts, bases, embedding }: Progress): void {
  if (unchanged) io.next(`attune show ${unchanged.since}`);
  else if (status === 'done' && embedding) io.next(`aws s3 ls ${embedding.output}`);
  else if (status === 'done' && bases) io.next(`attune report ${workflowId}`);
  else if (status === 'done')
    io.next(`attune query ${workflowId} "a question of yours", or attune report ${workflowId}`);
  else if (status === 'rejected' && !artifacts['reportHtml'])
    io.next('change what is said above, then attune submit SPEC');
  else if (status === 'rejected') io.next(`attune report ${workflowId} shows what it won and lost`);
  else io.next(`attune show ${workflowId}`);
}

/** The run at its end; each change is told on stderr. */
export async function ended(io: Io, attune: Attune, run: string): Promise<Progress> {
  const signal = io.interruption();
  try {
    return await told(attune, run, signal, (line) => io.say(line));
  } catch (error) {
    if (signal.aborted) io.next(`the run keeps running: attune show ${run}, or stop it: attune cancel ${run}`);
    throw error;
  }
}

type Follower = (io: Io, attune: Attune, run: string, signal: AbortSignal) => Promise<Progress>;

const jsonLines: Follower = async (io, attune, run, signal) => {
  let last = '';
  for await (const event of attune.watch(run, { signal })) {
    if (event.type === 'progress') {
      const { status, stage, costUsd } = event;
      const now = JSON.stringify([status, stage, costUsd]);
      if (now === last) continue; // only the clock moved
      last = now;
    }
    io.json(event);
    if (event.type === 'end') return event.progress;
  }
  throw new Error('the stream of events ended before the run did');
};

const plain: Follower = (io, attune, run, signal) => told(attune, run, signal, (line) => io.out(line));

async function told(attune: Attune, run: string, signal: AbortSignal, tell: (line: string) => void): Promise<Progress> {
  let asked = false;
  for await (const event of attune.watch(run, { signal })) {
    const line = lineOf(event);
    if (line) tell(`${event.at.slice(0, 19)}Z  ${line}`);
    // Whoever reads a log hears that somebody must act: nothing else comes until they do.
    const waits = event.type === 'progress' && event.status === 'waitingForApproval';
    if (waits && !asked)
      tell(`${event.at.slice(0, 19)}Z  waits for approval: attune approve ${run} --by "your name", or attune reject`);
    asked = waits || (asked && event.type !== 'progress');
    if (event.type === 'end') return event.progress;
  }
  throw new Error('the stream of events ended before the run did');
}

function lineOf(event: WatchEvent): string | undefined {
  switch (event.type) {
    case 'stage':
      return `${event.stage.padEnd(9)} ${event.state}`;
    case 'job':
      return `${event.stage.padEnd(9)} ${event.name}  ${[...new Set([event.status, event.secondaryStatus])].filter(Boolean).join(' · ')}`;
    case 'work':
      return `${event.stage.padEnd(9)} ${event.what}: ${event.done} of ${event.of} passages, ${duration(event.secondsLeft)} left`;
    case 'questions':
      return `questions ${questionsInWords(event.questions)}`;
    case 'index':
      return `index ${indexInWords(event.index)}`;
    case 'embedding':
      return `embed     ${embeddingInWords(event.embedding)}`;
    case 'metric': {
      const { step, epoch, progress, loss, devNdcgAt10 } = event;
      const steps = stepsIn({ step, progress });
      const of = steps === undefined ? step : `${step} of ${steps}`;
      const parts = { step: of, epoch, loss, 'dev nDCG@10': devNdcgAt10 };
      return `train     ${Object.entries(parts)
        .flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]))
        .join('  ')}`;
    }
    case 'trials':
      return `tune      ${trialsLine(event.trials)}`;
    case 'decision':
      return `gate      ${event.decision}: ${event.reasons.join('; ')}`;
    case 'notice':
      return event.message;
    case 'end':
      return `${endOf(event.progress)}  ${spent(event.progress)}`;
    case 'progress':
      return undefined;
  }
}

const REDRAW_MS = 120;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';

const live: Follower = async (io, attune, run, signal) => {
  const view = emptyView(run);
  let height = 0;
  const redraw = (): void => {
    const drawn = lines(view, io, io.width() - 1, new Date(), io.height() - 1);
    const up = height > 0 ? `\x1b[${height}A` : '';
    io.draw(`${up}\r\x1b[J`, `${drawn.join('\n')}\n`);
    height = drawn.length;
  };
  io.draw(HIDE_CURSOR);
  const timer = setInterval(redraw, REDRAW_MS);
  try {
    for await (const event of attune.watch(run, { signal })) {
      take(view, event);
      if (event.type === 'end') return event.progress;
    }
    throw new Error('the stream of events ended before the run did');
  } finally {
    clearInterval(timer);
    redraw();
    io.draw(SHOW_CURSOR);
  }
};
