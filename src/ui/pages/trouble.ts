/**
 * What went wrong, as a page in plain words.
 * @module
 */
import { html } from 'hono/html';
import { refusalOfTemporal } from '../../client/connectionFault.js';
import { AttuneError } from '../../spec/attuneError.js';
import type { FailureType } from '../../spec/failures.js';
import { pageHtml, shown, type Html } from '../html.js';

const STATUS: Partial<Record<FailureType, 404 | 409 | 503>> = {
  RunNotFound: 404,
  NotAvailable: 404,
  NotFound: 404,
  InvalidRequest: 409,
  NoServer: 503,
  NoWorker: 503,
  TaskFails: 503,
  NotConfigured: 503,
};

/** Of what no table knows, nothing but its words: a stack trace helps nobody who looks at a page. */
export function troublePage(thrown: unknown): { status: 404 | 409 | 500 | 503; page: Html } {
  const error = refusalOfTemporal(thrown);
  const { message } = error instanceof Error ? error : new Error(String(error));
  const known = error instanceof AttuneError ? error : undefined;
  const status = (known && STATUS[known.type]) ?? 500;
  const title = status === 404 ? 'Not there' : status === 503 ? 'No answer' : 'This did not work';
  const page = pageHtml({
    title,
    body: html`<h1>${title}</h1>
      <div class="verdict">
        <p class="finding">${shown(message)}</p>
        ${known?.fix ? html`<p>To do: ${shown(known.fix)}</p>` : ''}
      </div>
      <p><a href="/">All runs</a></p>`,
  });
  return { status, page };
}

/** For whoever comes without the token; it tells nothing of any run. */
export const strangerPage = (): Html =>
  pageHtml({
    title: 'Not let in',
    body: html`<h1>Not let in</h1>
      <p>Open the address that <code>attune ui</code> printed, with its token: it is another one after each start.</p>
      <p>You have come by a link of another page? Then <a href="">continue from here</a>.</p>`,
  });

export const noSuchPage = (): Html =>
  pageHtml({
    title: 'No such page',
    body: html`<h1>No such page</h1>
      <p><a href="/">All runs</a></p>`,
  });
