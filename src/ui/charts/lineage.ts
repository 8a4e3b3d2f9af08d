/**
 * The models of a name as a graph down the page, the newest first: whose place each took in service, and whose weights it went on from.
 * @module
 */
import { html } from 'hono/html';
import type { TrendPoint } from '../../client/index.js';
import { signed } from '../../run/numbers.js';
import { statusWords } from '../../run/progress.js';
import { badge, runLink, shown, type Html } from '../html.js';

/** As the style has it. */
const ROW = 84;
/** Across: where the nodes stand, and how far edges may bow out. */
const NODES = 16;
const WIDTH = 64;

export function lineageGraph(points: readonly TrendPoint[]): Html {
  const rows = [...points].reverse();
  const bases = [...new Set(rows.map(({ lineage }) => lineage.base))];
  const y = (row: number): number => row * ROW + ROW / 2;
  const rowOf = (workflowId: string | undefined): number => rows.findIndex((point) => point.workflowId === workflowId);
  const baseRow = (base: string): number => rows.length + bases.indexOf(base);
  const edges = rows.flatMap(({ lineage }, row) => {
    const { startedFrom, incumbent, endpoint, base } = lineage;
    const from = startedFrom ? rowOf(startedFrom.madeBy) : baseRow(base);
    const before = endpoint && incumbent ? rowOf(incumbent.madeBy) : -1;
    return [
      before > row && html`<line class="service" x1="${NODES}" x2="${NODES}" y1="${y(row)}" y2="${y(before)}" />`,
      from > row && html`<path class="weights" d="${bow(y(row), y(from), from - row)}" />`,
    ].filter((edge) => edge !== false);
  });
  const height = (rows.length + bases.length) * ROW;
  return html`<div class="graph card">
      <svg
        width="${WIDTH}"
        height="${height}"
        viewBox="0 0 ${WIDTH} ${height}"
        role="img"
        aria-label="Which model went on from which; the list beside it says the same"
      >
        ${edges}
        ${rows.map((point, row) => html`<circle class="node ${lookOf(point)}" cx="${NODES}" cy="${y(row)}" r="7" />`)}
        ${bases.map((base) => html`<circle class="node origin" cx="${NODES}" cy="${y(baseRow(base))}" r="5" />`)}
      </svg>
      <ol>
        ${rows.map(item)}
        ${bases.map(
          (base) =>
            html`<li>
              <p><b>${shown(base)}</b></p>
              <p class="soft">base</p>
            </li>`,
        )}
      </ol>
    </div>
    <ul class="legend">
      <li class="key service">took the place in service</li>
      <li class="key weights">went on from these weights</li>
      <li class="key tuned">went into service</li>
      <li class="key out">not let through</li>
    </ul>`;
}

/** The farther away, the farther out. */
const bow = (from: number, to: number, rows: number): string => {
  const out = NODES + Math.min(WIDTH - NODES - 4, 12 + 10 * Math.sqrt(rows));
  return `M${NODES + 8},${from} C${out},${from} ${out},${to} ${NODES + 8},${to}`;
};

const lookOf = ({ status, endpoint }: TrendPoint): string =>
  status === 'rejected' || status === 'unproven' ? 'refused' : endpoint ? 'served' : '';

function item({ workflowId, startedAt, status, candidate, against, endpoint, lineage }: TrendPoint): Html {
  const gain = against.gain ? `, ${signed(against.gain.difference)}` : '';
  return html`<li>
    <p>
      ${badge(status, statusWords(status))} ${runLink(workflowId)}
      <span class="soft wide">${startedAt.slice(0, 10)}</span>
    </p>
    <p class="soft">${candidate.mean.toFixed(3)}${gain}${origin(lineage, endpoint !== undefined)}</p>
  </li>`;
}

/** " · from A, in its place", " · in place of B" */
function origin({ startedFrom, incumbent }: TrendPoint['lineage'], serves: boolean): Html {
  const from = startedFrom && (startedFrom.madeBy ? runLink(startedFrom.madeBy) : shown(startedFrom.configName));
  const before = serves ? incumbent?.madeBy : undefined;
  const place =
    before === undefined ? '' : startedFrom?.madeBy === before ? 'in its place' : html`in place of ${runLink(before)}`;
  return html`${from ? html` · from ${from}` : ''}${place ? html`${from ? ', ' : ' · '}${place}` : ''}`;
}
