/**
 * approve: waiting for a person, days if need be, with reminders; what they decide is on record before anything follows
 * from it.
 * @module
 */
import { condition, isCancellation, log, patched } from '@temporalio/workflow';
import type { Run } from '../../activities/types.js';
import { fail } from '../../spec/failures.js';
import type { Decision } from '../../run/progress.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import { enter, type At } from './at.js';
import { heedingRegistry, tellRegistry } from './registered.js';

/** A history must not grow for ever: with one a day these are three months. After them the run waits on in silence. */
const MOST_REMINDERS = 100;

/** What is less is no outage but a busy moment, or a timer that is late as they are: milliseconds, and of the time to decide. */
const LEAST_OUTAGE_MS = 3_000;
const LEAST_OUTAGE_SHARE = 0.1;

/** @throws ApprovalExpired when nobody decided within `timings.approvalSeconds` */
export async function approve(at: At, run: Run): Promise<Decision['verdict']> {
  enter(at, 'approve');
  const { state, people, redraw } = at;
  state.asksForApproval();
  const since = Date.now();
  redraw();
  await tellOnPage(at, run);
  people.hear('approval');
  const [decision, inRegistry] = await heedingRegistry(at, run, () => decided(at, run, since));
  redraw();
  const { uri } = await io(options.record, `record that ${decision.by} decided`).recordApproval({
    run,
    decision,
    progress: state.progress(),
  });
  state.addArtifacts({ approval: uri });
  if (!inRegistry)
    await tellRegistry(at, decision.verdict, `${decision.by}${decision.reason ? `: ${decision.reason}` : ''}`);
  return decision.verdict;
}

/** Whoever is to decide reads the report: it says what the gate said, and that they are waited for. */
async function tellOnPage({ state }: At, run: Run): Promise<void> {
  if (!patched('page-tells-the-verdict')) return;
  try {
    const { fillReportPage } = io({ ...options.record, scheduleToCloseTimeout: '2m' }, 'the verdict into the report');
    await fillReportPage({ run, progress: state.progress() });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the report could not be told the verdict', { error });
  }
}

async function decided({ state, milestones }: At, { spec }: Run, since: number): Promise<Decision> {
  const { approvalReminderSeconds, approvalSeconds } = spec.timings;
  const approvalMs = approvalSeconds === undefined ? Infinity : approvalSeconds * 1000;
  let expiresAt = since + approvalMs;
  let extended = false;
  for (let count = 1; ; count += 1) {
    const remindsAt = count <= MOST_REMINDERS ? Date.now() + approvalReminderSeconds * 1000 : Infinity;
    const wakesAt = Math.min(remindsAt, expiresAt);
    if (wakesAt === Infinity) await condition(() => state.decided !== undefined);
    else await condition(() => state.decided !== undefined, wakesAt - Date.now());
    if (state.decided !== undefined) return state.decided;
    if (wakesAt === expiresAt) {
      // So late the worker or Temporal was away: nobody could decide meanwhile, and has as long again, once.
      const outageMs = Date.now() - expiresAt;
      const isOutage = outageMs > Math.max(LEAST_OUTAGE_MS, LEAST_OUTAGE_SHARE * approvalMs);
      if (extended || !isOutage || !patched('approval-outlasts-outages'))
        throw fail('ApprovalExpired', `nobody approved or rejected the model within ${approvalSeconds} s`);
      expiresAt = Date.now() + outageMs;
      extended = true;
    }
    milestones.reminds({ since: new Date(since).toISOString(), count });
  }
}
