/**
 * Pages that stay true while one looks: a run's stages are sent whenever something has changed, the list is asked for again.
 * @module
 */
import type { SSEStreamingApi } from 'hono/streaming';
import type { Attune } from '../client/index.js';
import { emptyView, take } from '../client/runs/runView.js';
import { stagesHtml } from './pages/stages.js';

/**
 * In the page: what comes takes the place of what is there; at the end all of the page is loaded anew. A line that breaks is taken
 * up again by the browser, and begins with what is so by then. A list is read anew at intervals, and when its tab comes to the front.
 */
export const SCRIPT = `
const shown = document.querySelector('[data-live]');
if (shown) {
  const source = new EventSource(shown.dataset.live);
  source.addEventListener('stages', ({ data }) => { shown.innerHTML = data; });
  source.addEventListener('end', () => { source.close(); location.reload(); });
}
const list = document.querySelector('[data-again]');
async function again() {
  // Nothing is taken away under a person's hand.
  if (document.hidden || list.contains(document.activeElement)) return;
  const answer = await fetch(location.href).catch(() => undefined);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const now = page.querySelector('[data-again]');
  if (now && now.innerHTML !== list.innerHTML) list.innerHTML = now.innerHTML;
}
if (list) {
  setInterval(again, Number(list.dataset.again) * 1000);
  document.addEventListener('visibilitychange', again);
}
`;

/** Until the run has ended, waits for a person, or nobody looks any more. */
export async function sendLive(stream: SSEStreamingApi, attune: Attune, id: string): Promise<void> {
  const gone = new AbortController();
  stream.onAbort(() => gone.abort());
  const view = emptyView(id);
  let sent = '';
  let wasOpen: boolean | undefined;
  try {
    for await (const event of attune.watch(id, { signal: gone.signal })) {
      take(view, event);
      const isWaiting = view.status === 'waitingForApproval';
      if (event.type === 'progress') {
        const html = (await stagesHtml(view, new Date())).toString();
        if (html !== sent) await stream.writeSSE({ event: 'stages', data: (sent = html) });
        // What a person may do has changed with it.
        if (wasOpen !== undefined && wasOpen !== isWaiting) break;
        wasOpen = isWaiting;
      }
      if (event.type === 'end') break;
    }
    await stream.writeSSE({ event: 'end', data: '' });
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
}
