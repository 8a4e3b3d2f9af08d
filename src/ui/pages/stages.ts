/**
 * The stages of a run, as they stand: for a page, and sent anew while the run goes on.
 * @module
 */
import { html } from 'hono/html';
import { changes, type WatchEvent } from '../../client/runs/watch.js';
import { emptyView, placeIn, stateOf, take, type RunView, type StageState } from '../../client/runs/runView.js';
import { usd } from '../../run/numbers.js';
import type { Progress } from '../../run/progress.js';
import { duration, secondsBetween } from '../../run/times.js';
import { shown, type Html } from '../html.js';

/** Without what only the logs of its jobs tell. */
export function viewOf(progress: Progress): RunView {
  const view = emptyView(progress.workflowId);
  for (const event of changes(undefined, progress)) take(view, event);
  const { status, timeline, cost } = progress;
  const [first, last] = [timeline[0], timeline.at(-1)];
  Object.assign(view, { status, startedAt: first?.startedAt, costUsd: cost.accruedUsd, costLacks: cost.unknownSoFar });
  if (status === 'running' || status === 'waitingForApproval') return view;
  const at = last?.endedAt ?? last?.startedAt ?? '';
  take(view, { type: 'end', at, status, progress } satisfies WatchEvent);
  return view;
}

const MARKS: Record<StageState, { sign: string; words: string }> = {
  ahead: { sign: '·', words: 'to come' },
  running: { sign: '●', words: 'in progress' },
  done: { sign: '✓', words: 'done' },
  failed: { sign: '✗', words: 'failed' },
  stopped: { sign: '■', words: 'stopped' },
};

export function stagesHtml(view: RunView, now: Date): Html {
  const until = view.endedAt ? new Date(view.endedAt) : now;
  const took = view.startedAt ? duration(secondsBetween(view.startedAt, until)) : '0s';
  const ended = view.status !== 'running' && view.status !== 'waitingForApproval';
  const lines = [...view.stages].filter(([stage, { startedAt }]) => stage !== 'done' && (startedAt || !ended));
  return html`<ol class="stages">
      ${lines.map(([stage, line]) => {
        const state = stateOf(line, view.status);
        const told = [line.job, line.work].filter(Boolean).join(' · ');
        return html`<li class="${state}">
          <span class="mark" role="img" aria-label="${MARKS[state].words}">${MARKS[state].sign}</span>
          <span class="name">${stage}</span>
          <span class="took"
            >${line.startedAt ? duration(secondsBetween(line.startedAt, line.endedAt ?? until)) : ''}</span
          >
          ${told ? html`<span class="told">${shown(told)}</span>` : ''} ${stage === 'train' ? curves(view) : ''}
        </li>`;
      })}
    </ol>
    <p class="soft">
      ${ended ? 'took' : 'so far'} ${took} ·
      ${usd(view.costUsd)}${
        (view.costLacks ?? []).length > 0 ? `, without ${view.costLacks!.join(', ')} (price not known)` : ''
      }
    </p>
    ${view.notice ? html`<p class="notice">${shown(view.notice)}</p>` : ''}`;
}

function curves(view: RunView): Html | string {
  const { loss, devNdcg } = view;
  if (loss.length === 0 && devNdcg.length === 0) return '';
  return html`<div class="curves">
    ${curve('loss', 'loss', loss, placeIn(view))}${curve('dev', 'dev nDCG@10', devNdcg, '')}
  </div>`;
}

function curve(look: string, name: string, values: readonly number[], after: string): Html | string {
  if (values.length === 0) return '';
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const points = values.map((value, at) => {
    const x = values.length === 1 ? 0 : (100 * at) / (values.length - 1);
    const y = high === low ? 14 : 26 - (24 * (value - low)) / (high - low);
    return `${x.toFixed(2)},${y.toFixed(2)}`;
  });
  // Of one value there is no course.
  const drawn = points.length === 1 ? [points[0]!, `2,${points[0]!.split(',')[1]}`] : points;
  return html`<figure class="${look}">
    <figcaption>${name}</figcaption>
    <svg width="100%" height="28" viewBox="0 0 100 28" preserveAspectRatio="none" role="img" aria-label="${name}">
      <polyline points="${drawn.join(' ')}" />
    </svg>
    <figcaption>${values.at(-1)!.toFixed(4)} ${after ? html` · ${after}` : ''}</figcaption>
  </figure>`;
}
