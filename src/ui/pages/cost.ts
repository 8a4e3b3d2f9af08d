/**
 * What jobs and endpoints have cost, month by month.
 * @module
 */
import { html } from 'hono/html';
import type { EndpointMonth, MonthlyCost, Reader } from '../../client/index.js';
import { grouped, usd } from '../../run/numbers.js';
import { shown, tableHtml, type Html } from '../html.js';

export interface CostFound {
  months: MonthlyCost[];
  notices: string[];
}

export async function costFound(reader: Reader): Promise<CostFound> {
  const notices: string[] = [];
  return { months: await reader.costByMonth({ onNotice: (notice) => notices.push(notice) }), notices };
}

export function costBody({ months }: CostFound): Html {
  if (months.length === 0)
    return html`<h1>Cost</h1>
      <p>No runs yet: nothing has cost anything.</p>`;
  const most = Math.max(0.001, ...months.map((month) => month.jobsUsd + endpointsUsd(month)));
  return html`<h1>Cost</h1>
    <p class="lead">
      Jobs count in the month in which their run began. Endpoints count by the hour from one deployment to the next, at
      the least number of instances and the prices that their runs were started with.
    </p>
    ${tableHtml(
      'Cost by month',
      ['Month', { wide: 'Jobs and endpoints' }, 'Jobs', 'Endpoints', 'Together'],
      months.map((month) => row(month, most)),
    )}
    <ul class="legend wide">
      <li class="key jobs">jobs</li>
      <li class="key endpoints">endpoints</li>
    </ul>
    ${endpoints(months)}`;
}

const endpointsUsd = ({ endpoints: all }: MonthlyCost): number => all.reduce((sum, { usd: one = 0 }) => sum + one, 0);
const hoursOf = ({ endpoints: all }: MonthlyCost): number => all.reduce((sum, { hours }) => sum + hours, 0);

function row(month: MonthlyCost, most: number): Html {
  const [jobs, hosting] = [month.jobsUsd, endpointsUsd(month)];
  const lacks = month.endpoints.some(({ usd: one }) => one === undefined) || month.runsUnknown > 0;
  const share = (amount: number): string => `${((100 * amount) / most).toFixed(2)}%`;
  return html`<tr>
    <th scope="row" class="nowrap">
      ${shown(month.month)}<small>${month.runs === 1 ? '1 run' : `${month.runs} runs`}</small>
    </th>
    <td class="wide">
      <svg class="stack" width="100%" height="22" role="img" aria-label="jobs ${usd(jobs)}, endpoints ${usd(hosting)}">
        <rect class="track" width="100%" height="14" y="4" rx="3" />
        <rect class="jobs" width="${share(jobs)}" height="14" y="4" />
        <rect class="endpoints" x="${share(jobs)}" width="${share(hosting)}" height="14" y="4" />
      </svg>
    </td>
    <td class="nowrap">
      ${usd(jobs)}${month.runsUnknown > 0 ? html`<small>${month.runsUnknown} not known</small>` : ''}
    </td>
    <td class="nowrap">
      ${
        month.endpoints.length === 0
          ? '–'
          : html`${least(month)}${usd(hosting)}<small>${hoursInWords(hoursOf(month))}</small>`
      }
    </td>
    <td class="nowrap"><b>${lacks ? '≥ ' : least(month)}${usd(jobs + hosting)}</b></td>
  </tr>`;
}

const least = ({ endpoints: all }: MonthlyCost): string => (all.some(({ atLeast }) => atLeast) ? '≥ ' : '');
const hoursInWords = (hours: number): string => `${grouped(Math.round(hours))} h`;

function endpoints(months: readonly MonthlyCost[]): Html | string {
  const rows = months.flatMap(({ month, endpoints: all }) => all.map((one) => endpointRow(month, one)));
  return rows.length === 0
    ? ''
    : html`<section>
        <h2>Hours of endpoints</h2>
        ${tableHtml('Hours of endpoints', ['Endpoint', 'Month', 'Hours', 'Cost'], rows)}
      </section>`;
}

const endpointRow = (month: string, { name, hours, usd: amount, atLeast }: EndpointMonth): Html =>
  html`<tr>
    <th scope="row">
      ${shown(name)}${atLeast ? html`<small>gone: when is not known, so this is the least</small>` : ''}
    </th>
    <td class="nowrap">${month}</td>
    <td class="nowrap">${hoursInWords(hours)}</td>
    <td class="nowrap">
      ${amount === undefined ? html`price not known<small>or paid by the request</small>` : `${atLeast ? '≥ ' : ''}${usd(amount)}`}
    </td>
  </tr>`;
