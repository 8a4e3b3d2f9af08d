/**
 * A run: how it came out and why, its stages, scores, lineage, jobs, cost and files.
 * @module
 */
import { html } from 'hono/html';
import type { LogTail, Reader } from '../../client/index.js';
import { SYSTEMS } from '../../run/evaluation.js';
import type { JobView } from '../../run/jobs.js';
import { bytes, score, signed, usd } from '../../run/numbers.js';
import { askedInWords } from '../../run/origins.js';
import { endOf, statusWords, type Progress } from '../../run/progress.js';
import { duration, minuteUtc, secondsBetween } from '../../run/times.js';
import { decisionWords, verdictWords } from '../../run/verdictWords.js';
import { nextApart } from '../../spec/failures.js';
import { factsHtml, link, runLink, shown, tableHtml, type Html } from '../html.js';
import { lineageHtml } from './lineage.js';
import { stagesHtml, viewOf } from './stages.js';

export interface RunFound {
  /** As it was asked for: the name of the spec stays the latest run's. */
  id: string;
  progress: Progress;
  /** Its page in Temporal's UI, where that is known. */
  temporalUi?: string;
  /** Of a run that a job's failure has ended. */
  logTail?: LogTail;
}

/** What can be said of the run is said: a log that cannot be read is no failure of the page. */
export async function runFound(reader: Reader, id: string): Promise<RunFound> {
  const progress = await reader.progress(id);
  const logTail = progress.status === 'failed' ? await reader.logTail(id).catch(() => undefined) : undefined;
  return { id, progress, logTail };
}

export const isOpen = ({ status }: Progress): boolean => status === 'running' || status === 'waitingForApproval';

export function runBody({ id, progress, temporalUi, logTail }: RunFound, now: Date): Html {
  const { workflowId, name, artifacts, jobs } = progress;
  const lineage = lineageHtml(progress);
  const live = isOpen(progress) && !progress.mayBeOld;
  return html`<p class="eyebrow">
      <a href="${link('/model', { name })}">${shown(name)}</a> · <code>${shown(workflowId)}</code>
    </p>
    <h1>${headOf(progress)}</h1>
    ${verdict(id, progress)} ${actions(id, progress, temporalUi)}
    <section>
      <h2>Stages</h2>
      <div class="card" id="stages" ${live ? html`data-live="${link('/live', { id })}"` : ''}>
        ${stagesHtml(viewOf(progress), now)}
      </div>
      ${live ? html`<noscript><p class="soft">Load the page again to see how far it is.</p></noscript>` : ''}
      ${
        logTail
          ? html`<h3 class="after">The end of the log of ${shown(logTail.job)}</h3>
              <pre>${shown(logTail.text.trimEnd())}</pre>`
          : ''
      }
    </section>
    ${scores(progress)}
    ${
      lineage
        ? html`<section>
            <h2>Lineage</h2>
            ${lineage}
          </section>`
        : ''
    }
    ${
      jobs.length > 0
        ? html`<section>
            <h2>Jobs</h2>
            ${jobTable(jobs)}
          </section>`
        : ''
    }
    ${cost(progress)}
    ${
      Object.keys(artifacts).length > 0
        ? html`<section>
            <h2>Files</h2>
            <div class="card">
              ${factsHtml(Object.entries(artifacts).map(([what, uri]) => [what, html`<code>${shown(uri)}</code>`] as const))}
            </div>
          </section>`
        : ''
    }`;
}

const headOf = (progress: Progress): string => {
  const words = verdictWords(progress)?.word ?? statusWords(endOf(progress));
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
};

function verdict(id: string, progress: Progress): Html {
  const { reasons, approval, failure, stopped, notices, unchanged, readFrom, status } = progress;
  const words = verdictWords(progress);
  const told = failure && nextApart(failure.message);
  return html`<div
    class="verdict ${words?.kind === 'open' || !words ? (isOpen(progress) && !words ? 'plain' : '') : words.kind}"
  >
    <p class="finding">${words ? sentence(words.outcome) : statusOf(progress)}</p>
    ${
      reasons.length > 0
        ? html`<ul>
            ${reasons.map((reason) => html`<li>${shown(reason)}</li>`)}
          </ul>`
        : ''
    }
    ${approval ? html`<p>${shown(decisionWords(approval))}</p>` : ''}
    ${
      told
        ? html`${words?.outcome.includes(told.what) ? '' : html`<p>${failure.type}: ${shown(told.what)}</p>`}
          ${told.next ? html`<p>To do: ${shown(told.next)}</p>` : ''}`
        : ''
    }
    ${unchanged ? html`<p>Nothing was new since ${runLink(unchanged.since)}: no job was run.</p>` : ''}
    ${stopped.map((what) => html`<p>Stopped ${shown(what)}</p>`)}
    ${notices.map((what) => html`<p>Note: ${shown(what)}</p>`)}
    ${readFrom ? html`<p class="soft">Told by <code>${shown(readFrom)}</code>: Temporal keeps the run no longer.</p>` : ''}
    ${
      status === 'waitingForApproval' && !readFrom
        ? html`<p><a class="button yes" href="${link('/decision', { id })}">Look at the report and decide</a></p>`
        : ''
    }
  </div>`;
}

const sentence = (words: string): Html => html`${shown(`${words.charAt(0).toUpperCase()}${words.slice(1)}`)}`;

const statusOf = ({ status, stage }: Progress): string =>
  status === 'running' ? `The run is at ${stage}` : sentenceOfStatus(status);
const sentenceOfStatus = (status: Progress['status']): string => `It ended: ${statusWords(status)}`;

function actions(id: string, { artifacts, timeline }: Progress, temporalUi: string | undefined): Html {
  const [from, to] = [timeline[0]?.startedAt, timeline.at(-1)?.endedAt];
  return html`<div class="bar">
    ${artifacts['reportHtml'] ? html`<a class="button" href="${link('/report', { id })}">Report</a>` : ''}
    ${temporalUi ? html`<a class="button" href="${temporalUi}" rel="noreferrer">In Temporal</a>` : ''}
    ${
      from
        ? html`<span class="soft">${minuteUtc(from)}${to ? `, ${duration(secondsBetween(from, to))}` : ''}</span>`
        : ''
    }
  </div>`;
}

const SHOWN = ['ndcg@10', 'mrr@10', 'recall@10'];

function scores({ metrics, comparisons, asked, guards = [] }: Progress): Html | string {
  const systems = SYSTEMS.filter((system) => metrics[system]);
  if (systems.length === 0) return '';
  const names = SHOWN.filter((name) => systems.some((system) => metrics[system]?.[name]));
  const rows = systems.map(
    (system) =>
      html`<tr>
        <th scope="row">${system}</th>
        ${names.map((name) => html`<td class="nowrap">${score(metrics[system]?.[name])}</td>`)}
      </tr>`,
  );
  return html`<section>
    <h2>Scores</h2>
    ${asked ? html`<p class="lead">On ${askedInWords(asked)}.</p>` : ''} ${tableHtml('Scores', ['', ...names], rows)}
    ${Object.entries(comparisons).map(
      ([pair, { metric, difference, low, high, confidence, wins, losses }]) =>
        html`<p class="soft">
          ${pair.replace('-', ' − ')}: ${metric} <b>${signed(difference)}</b> (${Math.round(confidence * 100)} %:
          ${signed(low)} to ${signed(high)}), ${wins} questions won, ${losses} lost
        </p>`,
    )}
    ${
      guards.length === 0
        ? ''
        : tableHtml(
            'Guard sets',
            ['Guard set', 'Outcome', 'Difference', 'May lose'],
            guards.map(
              ({ name, verdict: outcome, comparison, mayLose }) =>
                html`<tr>
                  <th scope="row">${shown(name)}</th>
                  <td>${outcome}</td>
                  <td class="nowrap">
                    ${signed(comparison.difference)}
                    <small>${signed(comparison.low)} to ${signed(comparison.high)}</small>
                  </td>
                  <td>${mayLose.toFixed(3)}</td>
                </tr>`,
            ),
          )
    }
  </section>`;
}

const jobTable = (jobs: readonly JobView[]): Html =>
  tableHtml(
    'Jobs',
    ['Job', 'Status', 'On', 'Billed', 'Cost'],
    jobs.map(
      ({ name, kind, status, count = 1, spot, instanceType, seconds, usd: price }) =>
        html`<tr>
          <th scope="row">${shown(name)}<small>${kind}</small></th>
          <td>${shown(status)}</td>
          <td class="nowrap">${count > 1 ? `${count} × ` : ''}${spot ? 'spot ' : ''}${shown(instanceType)}</td>
          <td class="nowrap">${seconds === undefined ? '–' : duration(seconds)}</td>
          <td class="nowrap">${usd(price)}</td>
        </tr>`,
    ),
  );

function cost({ cost: known }: Progress): Html {
  const { accruedUsd, unknownSoFar = [], budgetUsd, estimateUsd, spotSavedUsd, hosting, stored, pricesAsOf } = known;
  const lacks = unknownSoFar.length > 0 ? `, without ${unknownSoFar.join(', ')} (price not known)` : '';
  return html`<section>
    <h2>Cost</h2>
    <div class="card">
      ${factsHtml([
        ['Jobs so far', `${usd(accruedUsd)}${lacks}`],
        ['Estimated', estimateUsd && `${usd(estimateUsd.low)} to ${usd(estimateUsd.high)}`],
        ['At most', budgetUsd === undefined ? undefined : usd(budgetUsd)],
        ['Saved by spot', spotSavedUsd === undefined ? undefined : usd(spotSavedUsd)],
        [
          'Endpoint',
          hosting &&
            (hosting.usdPerHour === undefined
              ? `${hosting.instanceType}, price not known`
              : `${hosting.instanceType}, ${usd(hosting.usdPerHour)} an hour, as long as it is there`),
        ],
        [
          'In S3',
          stored &&
            `${bytes(stored.bytes)}${stored.usdPerMonth === undefined ? '' : `, ${usd(stored.usdPerMonth)} a month`}`,
        ],
        ['Prices of', pricesAsOf],
      ])}
    </div>
  </section>`;
}
