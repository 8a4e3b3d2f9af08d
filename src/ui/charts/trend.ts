/**
 * The scores of a name's runs in turn, with intervals. Places across are shares of the width: on a phone it is narrower, and the
 * words stay as large.
 * @module
 */
import { html } from 'hono/html';
import type { TrendPoint } from '../../client/index.js';
import { testInWords, testsInTurn } from '../../client/runs/testsInTurn.js';
import { shown, type Html } from '../html.js';

const HEIGHT = 240;
const TOP = 24;
const BOTTOM = 26;
/** Percent of the width beside the first and the last point. */
const MARGIN = 3;

/** @param points  oldest first; one at least */
export function trendChart(points: readonly TrendPoint[]): Html {
  const turns = testsInTurn(points);
  const [low, high] = rangeOf(points);
  const y = (value: number): number => TOP + ((HEIGHT - TOP - BOTTOM) * (high - value)) / (high - low);
  const x = (at: number): number =>
    points.length === 1 ? 50 : MARGIN + ((100 - 2 * MARGIN) * at) / (points.length - 1);
  const ticks = ticksIn(low, high);
  const days = [...new Set([0, points.length - 1])];
  return html`<div class="plot">
      <svg width="40" height="${HEIGHT}" aria-hidden="true">
        ${ticks.map((tick) => html`<text x="0" y="${y(tick) + 4}">${tick.toFixed(2)}</text>`)}
      </svg>
      <svg width="100%" height="${HEIGHT}" role="img" aria-label="Scores of ${points.length} runs, oldest first">
        ${ticks.map((tick) => html`<line class="grid" x1="0" x2="100%" y1="${y(tick)}" y2="${y(tick)}" />`)}
        ${turns.map((turn, number) => {
          const at = points.indexOf(turn[0]!);
          const edge = number === 0 ? 0 : (x(at - 1) + x(at)) / 2;
          return html`${
              number === 0 ? '' : html`<line class="turn" x1="${edge}%" x2="${edge}%" y1="6" y2="${HEIGHT - BOTTOM}" />`
            } <text x="${edge + 1}%" y="16">${letterOf(number)}</text> ${lines(turn, at, x, y)}`;
        })}
        ${points.map((point, at) => dot(point, x(at), y))}
        ${days.map(
          (at) =>
            html`<text x="${x(at)}%" y="${HEIGHT - 6}" text-anchor="${anchorOf(at, points.length)}"
              >${points[at]!.startedAt.slice(0, 10)}</text
            >`,
        )}
      </svg>
    </div>
    <ul class="legend">
      <li class="key tuned">tuned, with its interval</li>
      <li class="key out">not let through</li>
      <li class="key rival">what it had to beat</li>
      ${turns.map(
        (turn, number) =>
          html`<li>
            <b>${letterOf(number)}</b>
            ${testOf(turn)}${turn.length === 1 ? ', one run: compares with no other' : `, ${turn.length} runs`}
          </li>`,
      )}
    </ul>`;
}

const anchorOf = (at: number, count: number): string => (count === 1 ? 'middle' : at === 0 ? 'start' : 'end');

export const testOf = ([point]: readonly TrendPoint[]): string => shown(testInWords(point?.testHash));

/** Only scores on the same test are drawn as one course. */
const lines = (
  turn: readonly TrendPoint[],
  from: number,
  x: (at: number) => number,
  y: (v: number) => number,
): Html[] =>
  turn.slice(1).map(
    (point, at) =>
      html`<g class="point">
        <line
          class="path"
          x1="${x(from + at)}%"
          y1="${y(turn[at]!.candidate.mean)}"
          x2="${x(from + at + 1)}%"
          y2="${y(point.candidate.mean)}"
        />
      </g>`,
  );

function dot({ candidate, against, status, workflowId }: TrendPoint, x: number, y: (v: number) => number): Html {
  const rival = against.score?.mean;
  const look = status === 'rejected' || status === 'unproven' ? ' out' : '';
  return html`<g class="point${look}">
    <title>${shown(workflowId)}: ${candidate.mean.toFixed(3)}</title>
    <line class="whisker" x1="${x}%" x2="${x}%" y1="${y(candidate.low)}" y2="${y(candidate.high)}" />
    ${
      rival === undefined
        ? ''
        : html`<svg x="${x}%" y="${y(rival)}" class="rival"><line class="rival" x1="-6" x2="6" y1="0" y2="0" /></svg>`
    }
    <circle cx="${x}%" cy="${y(candidate.mean)}" r="5" />
  </g>`;
}

function rangeOf(points: readonly TrendPoint[]): [low: number, high: number] {
  const values = points.flatMap(({ candidate, against: { score } }) => [
    candidate.low,
    candidate.high,
    ...(score ? [score.mean] : []),
  ]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.01, (high - low) * 0.08);
  return [Math.max(0, low - room), Math.min(1, high + room)];
}

/** Round values, three to six of them. */
function ticksIn(low: number, high: number): number[] {
  const step = [0.01, 0.02, 0.05, 0.1, 0.2].find((one) => (high - low) / one <= 5) ?? 0.25;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, at) => (first + at) * step);
}

const letterOf = (number: number): string =>
  number < 26 ? String.fromCharCode(65 + number) : `${letterOf(Math.floor(number / 26) - 1)}${letterOf(number % 26)}`;
