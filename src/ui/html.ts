/**
 * What every page is made of. Names, reasons and questions come from strangers: what goes into `html` is escaped, and nothing
 * here marks text of others as safe.
 * @module
 */
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { forTerminal } from '../spec/foreignText.js';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface Page {
  title: string;
  /** The link of the navigation that leads here. */
  here?: 'runs' | 'models' | 'cost';
  /** What a person should know before they read on. */
  notices?: readonly string[];
  /** Whether it fills the window, for what is shown in a frame. */
  whole?: boolean;
  body: Html;
}

const NAVIGATION = [
  ['runs', '/', 'Runs'],
  ['models', '/models', 'Models'],
  ['cost', '/cost', 'Cost'],
] as const;

export const pageHtml = ({ title, here, notices = [], whole, body }: Page): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${shown(title)} · attune</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/style.css" />
        <script src="/live.js" defer></script>
      </head>
      <body class="${whole ? 'whole' : ''}">
        <header class="top">
          <a class="brand" href="/">attune</a>
          <nav aria-label="Pages">
            ${NAVIGATION.map(
              ([key, href, words]) =>
                html`<a href="${href}" ${key === here ? html`aria-current="page"` : ''}>${words}</a>`,
            )}
          </nav>
        </header>
        <main>${notices.map((notice) => html`<p class="notice" role="status">${shown(notice)}</p>`)} ${body}</main>
      </body>
    </html>`;

/** Without what turns the direction of writing, or has no picture. */
export const shown = forTerminal;

/** "/run?id=…" */
export function link(page: string, query: Record<string, string | number | undefined>): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, String(value));
  return given.size === 0 ? page : `${page}?${given.toString()}`;
}

/** The last part of a workflow id, which tells one run of a name from another; the whole of an id of another form. */
export const shortId = (workflowId: string): string => /^[^/]+\/[^/]+\/(.+)$/.exec(workflowId)?.[1] ?? workflowId;

export const runLink = (workflowId: string, words = shortId(workflowId)): Html =>
  html`<a href="${link('/run', { id: workflowId })}">${shown(words)}</a>`;

const LOOKS: Record<string, string> = {
  done: 'good',
  running: 'live',
  waitingForApproval: 'note',
  rejected: 'bad',
  failed: 'bad',
};

/** A status in its colour; the word says the same to whoever sees no colours. */
export const badge = (status: string, words: string): Html =>
  html`<span class="badge ${LOOKS[status] ?? ''}">${words}</span>`;

/** `wide`: of a column that narrow pages leave out, as the class of its cells has it. */
export type Head = string | { wide: string };

/** A table that scrolls by itself where it is wider than the page. */
export const tableHtml = (label: string, heads: readonly Head[], rows: readonly Html[]): Html =>
  html`<div class="card scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <thead>
        <tr>
          ${heads.map((head) =>
            typeof head === 'string'
              ? html`<th scope="col">${head}</th>`
              : html`<th scope="col" class="wide">${head.wide}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;

export const factsHtml = (facts: readonly (readonly [string, string | Html | undefined])[]): Html =>
  html`<dl>
    ${facts.map(([what, value]) =>
      value === undefined
        ? ''
        : html`<dt>${what}</dt>
            <dd>${typeof value === 'string' ? shown(value) : value}</dd>`,
    )}
  </dl>`;
