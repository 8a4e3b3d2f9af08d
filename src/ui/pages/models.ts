/**
 * Models by the name of their spec: all of them, and one over its retrainings.
 * @module
 */
import { html } from 'hono/html';
import type { Reader, RunSummary, TrendPoint } from '../../client/index.js';
import { score, shortHash, signed, usd } from '../../run/numbers.js';
import { endOf, statusWords } from '../../run/progress.js';
import { minuteUtc } from '../../run/times.js';
import { lineageGraph } from '../charts/lineage.js';
import { trendChart } from '../charts/trend.js';
import { badge, link, runLink, shown, tableHtml, type Html } from '../html.js';

/** Of so many runs the names are told. */
const LOOKED_AT = 1000;

export interface ModelsFound {
  /** Each with its runs, the newest first. */
  models: [name: string, runs: RunSummary[]][];
  notices: string[];
}

export async function modelsFound(reader: Reader): Promise<ModelsFound> {
  const notices: string[] = [];
  const runs = await reader.list({ limit: LOOKED_AT, onNotice: (notice) => notices.push(notice) });
  const models = new Map<string, RunSummary[]>();
  for (const run of runs) if (run.name) models.set(run.name, [...(models.get(run.name) ?? []), run]);
  if (runs.length === LOOKED_AT) notices.push(`of the latest ${LOOKED_AT} runs: older names are missing`);
  return { models: [...models], notices };
}

export const modelsBody = ({ models }: ModelsFound): Html =>
  html`<h1>Models</h1>
    ${
      models.length === 0
        ? html`<p>No runs yet: <code>attune submit SPEC --watch</code></p>`
        : tableHtml('Models', ['Name', 'Runs', 'Last', 'Score', { wide: 'Cost' }], models.map(row))
    }`;

function row([name, runs]: [string, RunSummary[]]): Html {
  const [last] = runs;
  const scored = runs.find(({ bestScore }) => bestScore !== undefined);
  const known = runs.flatMap(({ costUsd }) => (costUsd === undefined ? [] : [costUsd]));
  return html`<tr>
    <th scope="row"><a href="${link('/model', { name })}">${shown(name)}</a></th>
    <td><a href="${link('/', { name })}">${runs.length}</a></td>
    <td>${badge(endOf(last!), statusWords(endOf(last!)))}<small>${last!.startedAt.slice(0, 10)}</small></td>
    <td class="nowrap">
      ${scored?.bestScore?.toFixed(3) ?? '–'}${scored?.gain === undefined ? '' : html`<small>${signed(scored.gain)}</small>`}
    </td>
    <td class="nowrap wide">${known.length === 0 ? '–' : usd(known.reduce((sum, one) => sum + one, 0))}</td>
  </tr>`;
}

export function modelBody(name: string, points: readonly TrendPoint[]): Html {
  const metrics = [...new Set(points.map(({ metric }) => metric))].join(', ');
  const runs = html`<a href="${link('/', { name })}">all its runs</a>`;
  if (points.length === 0)
    return html`<h1>${shown(name)}</h1>
      <p>None of its runs is evaluated yet: ${runs}.</p>`;
  return html`<p class="eyebrow">${runs}</p>
    <h1>${shown(name)}</h1>
    <section>
      <h2>${metrics} over its retrainings</h2>
      <p class="lead">
        Scores compare where the test is the same: a line joins those. Each stands with its interval and what it had to
        beat.
      </p>
      <div class="card">${trendChart(points)}</div>
    </section>
    <section>
      <h2>Which came from which</h2>
      ${lineageGraph(points)}
    </section>
    <section>
      <h2>In figures</h2>
      ${tableHtml(
        'In figures',
        ['Run', metrics, 'Gain', 'Over', 'Test', 'Questions', 'End'],
        [...points].reverse().map(figures),
      )}
    </section>`;
}

const figures = ({
  workflowId,
  startedAt,
  candidate,
  against,
  testHash,
  questions,
  status,
  endpoint,
}: TrendPoint): Html =>
  html`<tr>
    <th scope="row" class="nowrap">${runLink(workflowId)}<small>${minuteUtc(startedAt)}</small></th>
    <td class="nowrap">${score(candidate)}</td>
    <td class="nowrap">
      ${
        against.gain
          ? html`${signed(against.gain.difference)}<small
                >${signed(against.gain.low)} to ${signed(against.gain.high)}</small
              >`
          : '–'
      }
    </td>
    <td class="nowrap">${against.system === 'incumbent' ? 'in service' : 'base'}</td>
    <td>${testHash ? html`<code>${shown(shortHash(testHash))}</code>` : '–'}</td>
    <td>${questions ?? '–'}</td>
    <td class="nowrap">
      ${badge(status, statusWords(status))}${endpoint ? html`<small>${shown(endpoint)}</small>` : ''}
    </td>
  </tr>`;
