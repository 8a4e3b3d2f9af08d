/**
 * The runs, newest first, a page at a time.
 * @module
 */
import { html } from 'hono/html';
import type { Reader, RunSummary } from '../../client/index.js';
import { shortHash, signed, usd } from '../../run/numbers.js';
import { endOf, statusWords } from '../../run/progress.js';
import { duration, minuteUtc, secondsBetween } from '../../run/times.js';
import { badge, link, shortId, shown, tableHtml, type Html } from '../html.js';

export interface RunsAsked {
  /** From 1. */
  page: number;
  name?: string;
  running?: boolean;
}

export interface RunsFound extends RunsAsked {
  runs: RunSummary[];
  hasMore: boolean;
  notices: string[];
}

const PER_PAGE = 50;
/** Each further row that Temporal is asked for takes it half a millisecond. */
const MARGIN = 100;
const AGAIN_SECONDS = 10;

/** One more than is shown tells whether there is a further page. */
export async function runsFound(reader: Reader, asked: RunsAsked): Promise<RunsFound> {
  const notices: string[] = [];
  const { page, name, running } = asked;
  const found = await reader.list({
    limit: page * PER_PAGE + 1,
    margin: MARGIN,
    name,
    running,
    onNotice: (notice) => notices.push(notice),
  });
  const runs = found.slice((page - 1) * PER_PAGE, page * PER_PAGE);
  return { ...asked, runs, hasMore: found.length > page * PER_PAGE, notices };
}

export const runsBody = (found: RunsFound): Html => html`
  <h1>Runs</h1>
  ${filters(found)}
  <div data-again="${AGAIN_SECONDS}">
    ${found.runs.length === 0 ? nothing(found) : table(found.runs)} ${pages(found)}
  </div>
`;

function filters({ name, running }: RunsAsked): Html {
  const chip = (words: string, isHere: boolean, more: { running?: number }): Html =>
    html`<a href="${link('/', { name, ...more })}" ${isHere ? html`aria-current="true"` : ''}>${words}</a>`;
  return html`<div class="bar">
    <div class="chips">${chip('All', !running, {})} ${chip('In progress', running === true, { running: 1 })}</div>
    ${
      name === undefined
        ? ''
        : html`<span>of <a href="${link('/model', { name })}">${shown(name)}</a> · <a href="/">all names</a></span>`
    }
    <form method="get" action="/">
      ${running ? html`<input type="hidden" name="running" value="1" />` : ''}
      <input name="name" aria-label="Name of the spec" placeholder="Name of the spec" value="${name ?? ''}" />
      <button>Show</button>
    </form>
  </div>`;
}

const nothing = ({ name, running, page }: RunsFound): Html =>
  page > 1
    ? html`<p>There are no more.</p>`
    : html`<p>
        ${running ? 'No run is in progress' : 'No runs'}${name === undefined ? '' : ` of the name ${shown(name)}`}. The
        next one:
        <code>attune submit SPEC --watch</code>
      </p>`;

const HEADS = ['Run', 'Status', 'Score', { wide: 'Started (UTC)' }, { wide: 'Cost' }, { wide: 'Endpoint' }];

function table(runs: readonly RunSummary[]): Html {
  const told = new Set<string>();
  const rows = runs.map((run) => {
    // A workflow id can be used again, and means the last run then.
    const id = told.has(run.workflowId) ? run.runId : run.workflowId;
    told.add(run.workflowId);
    return row(run, id);
  });
  return html`<div class="runs">${tableHtml('Runs', HEADS, rows)}</div>`;
}

function row(run: RunSummary, id: string): Html {
  const { workflowId, name, startedAt, endedAt, bestScore, gain, costUsd, endpoint, dataHash } = run;
  const took = startedAt ? duration(secondsBetween(startedAt, endedAt ?? new Date())) : '';
  const started = startedAt ? minuteUtc(startedAt).replace(' UTC', '') : '–';
  return html`<tr>
    <th scope="row">
      <a href="${link('/run', { id })}">${shown(name || workflowId)}</a>
      <small
        >${shown(shortId(workflowId))}${dataHash ? html`<span class="wide"> data ${shown(shortHash(dataHash))}</span>` : ''}</small
      >
      <small class="narrow">${started}, ${took} · ${usd(costUsd)}</small>
    </th>
    <td>${badge(endOf(run), statusWords(endOf(run)))}${standing(run)}</td>
    <td class="nowrap">
      ${bestScore?.toFixed(3) ?? '–'}${gain === undefined ? '' : html`<small>${signed(gain)}</small>`}
    </td>
    <td class="nowrap wide">${started}<small>${took}</small></td>
    <td class="nowrap wide">${usd(costUsd)}</td>
    <td class="wide">${endpoint ? shown(endpoint.name) : '–'}</td>
  </tr>`;
}

/** How far it came, where that says more than the status. */
function standing({ status, stage, unchangedSince, readFrom }: RunSummary): Html {
  const isOpen = status === 'running' || status === 'failed' || status === 'cancelled';
  const words = unchangedSince ? 'nothing new' : isOpen && stage && stage !== 'done' ? `at ${stage}` : '';
  return html`${words ? html`<small>${words}</small>` : ''}${readFrom ? html`<small>told by S3</small>` : ''}`;
}

function pages({ page, hasMore, name, running }: RunsFound): Html {
  if (page === 1 && !hasMore) return html``;
  const to = (number: number, words: string): Html =>
    html`<a href="${link('/', { name, running: running ? 1 : undefined, page: number === 1 ? undefined : number })}"
      >${words}</a
    >`;
  return html`<nav class="pages" aria-label="More runs">
    ${page > 1 ? to(page - 1, '← Newer') : ''}<span class="soft">page ${page}</span
    >${hasMore ? to(page + 1, 'Older →') : ''}
  </nav>`;
}
