/**
 * The report, and where a person is to decide, the decision beside it.
 * @module
 */
import { html } from 'hono/html';
import type { Progress } from '../../run/progress.js';
import { verdictWords } from '../../run/verdictWords.js';
import { link, shown, type Html } from '../html.js';

/** Its scripts may run, and reach neither this page nor any server: of this origin it has nothing. */
const frame = (id: string): Html =>
  html`<iframe title="Evaluation report" sandbox="allow-scripts" src="${link('/report.html', { id })}"></iframe>`;

export const reportBody = (id: string, { name, workflowId }: Progress): Html =>
  html`<p class="eyebrow"><a href="${link('/run', { id })}">${shown(name)} · ${shown(workflowId)}</a> · its report</p>
    <h1 class="wide">Report</h1>
    ${frame(id)}`;

/** What was given, where it is asked for once more. */
export interface Given {
  by: string;
  reason: string;
  /** Why it did not count. */
  trouble?: string;
}

export function decisionBody(id: string, progress: Progress, { by, reason, trouble }: Given): Html {
  const { name, workflowId, reasons, status, artifacts } = progress;
  const open = status === 'waitingForApproval';
  return html`<div class="decide">
    <aside>
      <p class="eyebrow"><a href="${link('/run', { id })}">${shown(name)} · ${shown(workflowId)}</a></p>
      <h1>${open ? 'Your decision' : 'Nothing to decide'}</h1>
      ${trouble ? html`<p class="notice" role="alert">${shown(trouble)}</p>` : ''}
      ${
        open
          ? form(id, by, reason)
          : html`<p>${shown(verdictWords(progress)?.outcome ?? `the run is at ${progress.stage}`)}.</p>`
      }
      ${
        reasons.length > 0
          ? html`<h2>Why the gate let it pass</h2>
              <ul>
                ${reasons.map((one) => html`<li>${shown(one)}</li>`)}
              </ul>`
          : ''
      }
    </aside>
    ${artifacts['reportHtml'] ? frame(id) : html`<p>The run has no report.</p>`}
  </div>`;
}

const form = (id: string, by: string, reason: string): Html =>
  html`<p class="soft">Approved, the model goes into service. Rejected, what serves now stays.</p>
    <form method="post" action="${link('/decision', { id })}" class="card fields">
      <div>
        <label for="by">Your name, which goes on record</label>
        <input id="by" name="by" required maxlength="200" autocomplete="name" value="${by}" />
      </div>
      <div>
        <label for="reason">Why</label>
        <textarea id="reason" name="reason" rows="4" maxlength="2000">${reason}</textarea>
      </div>
      <div class="buttons">
        <button class="yes" name="verdict" value="approve">Approve</button>
        <button class="no" name="verdict" value="reject">Reject</button>
      </div>
    </form>`;
