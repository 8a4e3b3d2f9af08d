/**
 * What only the run knows goes into the page that evaluate wrote before anything was decided: which run it is, the verdict with
 * its reasons, cost, lineage and endpoint. One place renders it, for the page in S3 and the one that a client downloads.
 * @module
 */
import type { Progress } from './progress.js';
import { duration, minuteUtc, secondsBetween } from './times.js';
import { decisionWords, verdictWords, type VerdictWords } from './verdictWords.js';

/** What head.py of the evaluate job leaves room for. */
type Room = 'run' | 'verdict' | 'run-facts' | 'decision';

/** The page, with all that `run` tells; filled again, it tells what is true by then. A page of an earlier version has less room. */
export function filledPage(page: string, run: Progress): string {
  const verdict = verdictWords(run);
  const titled = page.replace(/<title>[^]*?<\/title>/, () => `<title>${escaped(titleOf(run, verdict))}</title>`);
  const told = put(put(titled, 'run', eyebrow(run)), 'run-facts', facts(run));
  if (verdict === undefined) return told;
  const hasRoom = told.includes('<!-- verdict -->');
  return put(told, hasRoom ? 'verdict' : 'decision', hasRoom ? strip(run, verdict) : paragraph(run, verdict));
}

/** For a run that takes over the evaluation of another one: what that one decided is not said of it. */
export const emptiedPage = (page: string): string =>
  put(put(put(put(page, 'run', ''), 'run-facts', ''), 'decision', ''), 'verdict', '<h1>Not decided yet</h1>');

const put = (page: string, room: Room, html: string): string =>
  page.replace(new RegExp(`<!-- ${room} -->[^]*?<!-- /${room} -->`), () => `<!-- ${room} -->${html}<!-- /${room} -->`);

const titleOf = ({ name, workflowId, timeline }: Progress, verdict?: VerdictWords): string =>
  [name, verdict?.word.toLowerCase() ?? 'evaluation', timeline[0]?.startedAt.slice(0, 10), workflowId]
    .filter(Boolean)
    .join(' · ');

function eyebrow({ name, workflowId, timeline, lineage }: Progress): string {
  const [from, to] = [timeline[0]?.startedAt, timeline.at(-1)?.endedAt];
  const endpoint = lineage?.endpoint?.name;
  const parts = [
    escaped(name),
    `run <code>${escaped(workflowId)}</code>`,
    from && (to ? `${minuteUtc(from)}, ${duration(secondsBetween(from, to))}` : `since ${minuteUtc(from)}`),
    endpoint && `endpoint ${escaped(endpoint)}`,
  ];
  return `<p class="eyebrow">${parts.filter(Boolean).join(' · ')}</p>`;
}

function strip({ reasons, approval }: Progress, { kind, word, outcome }: VerdictWords): string {
  const list = reasons.map((reason) => `<li>${escaped(reason)}</li>`).join('');
  return (
    `<div class="verdict ${kind}"><h1>${escaped(word)}</h1><p>${escaped(sentence(outcome))}</p>` +
    `${list ? `<ul>${list}</ul>` : ''}${approval ? `<p>${escaped(decisionWords(approval))}</p>` : ''}</div>`
  );
}

/** In the room and the look of pages of before. */
function paragraph({ reasons, approval }: Progress, { kind, word, outcome }: VerdictWords): string {
  const said = [outcome, ...(approval ? [decisionWords(approval)] : []), ...reasons].map(sentence);
  const look = kind === 'passed' ? 'approved' : kind;
  return `<p class="decision ${look}"><b>${escaped(word)}</b>: ${said.map(escaped).join('. ')}.</p>`;
}

function facts(run: Progress): string {
  const { workflowId, timeline, lineage, endpoint, artifacts, cost } = run;
  const { dataHash, pairsHash, base, startedFrom, trainingJob, tuningJob, incumbent, replaced } = lineage ?? {};
  const [from, to] = [timeline[0]?.startedAt, timeline.at(-1)?.endedAt];
  const rows: [string, string | undefined][] = [
    ['Run', workflowId],
    ['Started', from && minuteUtc(from)],
    ['Ended', to && minuteUtc(to)],
    ['Data', dataHash && `digest ${dataHash}`],
    ['Training pairs', pairsHash && `digest ${pairsHash}`],
    ['Base', base],
    ['Went on from', startedFrom && (startedFrom.madeBy ?? startedFrom.modelDataUrl)],
    ['Tuning job', tuningJob],
    ['Training job', trainingJob],
    ['Compared with', incumbent && `the model in service${incumbent.madeBy ? `, made by ${incumbent.madeBy}` : ''}`],
    ['Model', artifacts['package'] ?? artifacts['model']],
    ['Endpoint', endpoint && `${endpoint.name}, ${endpoint.status}, config ${endpoint.configName}`],
    ['Replaced', replaced && `config ${replaced}`],
    ['Cost of the jobs', costOf(cost)],
  ];
  const list = rows.map(([what, value]) => (value ? `<dt>${what}</dt><dd>${escaped(value)}</dd>` : '')).join('');
  return `<section><h2>The run</h2><div class="card"><dl>${list}</dl></div>${stages(run)}</section>\n`;
}

function costOf({ accruedUsd, unknownSoFar = [], hosting, pricesAsOf }: Progress['cost']): string | undefined {
  if (accruedUsd === undefined) return undefined;
  const lacks = unknownSoFar.length > 0 ? `, without ${unknownSoFar.join(', ')} (price not known)` : '';
  const endpoint =
    hosting?.usdPerMonth === undefined ? '' : `; an endpoint $${hosting.usdPerMonth} a month, as long as it is there`;
  return `$${accruedUsd.toFixed(3)}${lacks}, at AWS's list prices of ${pricesAsOf ?? 'an unknown date'}${endpoint}`;
}

function stages({ timeline, jobs }: Progress): string {
  if (timeline.length === 0) return '';
  const rows = timeline
    .map(({ stage, startedAt, endedAt, reusedFrom }) => {
      const job = jobs.findLast((one) => one.stage === stage);
      const ran = reusedFrom ? `taken over from ${reusedFrom}` : job ? `${job.instanceType}, ${job.status}` : '';
      const took = endedAt ? duration(secondsBetween(startedAt, endedAt)) : '';
      const cells = [
        startedAt.slice(0, 19).replace('T', ' '),
        took,
        ran,
        job?.usd === undefined ? '' : `$${job.usd.toFixed(3)}`,
      ];
      return `<tr><th scope="row">${stage}</th>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
    })
    .join('');
  const heads = ['Stage', 'Started (UTC)', 'Took', 'On', 'Cost'].map((head) => `<th scope="col">${head}</th>`).join('');
  return (
    '<h3 class="after">Its stages</h3><div class="card scroll" tabindex="0" role="region" aria-label="Its stages">' +
    `<table><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`
  );
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (words: string): string => words.replace(/[&<>"]/g, (sign) => ENTITIES[sign]!);
