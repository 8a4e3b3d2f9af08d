/**
 * What can be asked of a run while it goes on: its progress, its jobs' news, a person's decision, the stop of a stage.
 * @module
 */
import { condition, setHandler } from '@temporalio/workflow';
import * as messages from '../run/messages.js';
import { fail } from '../spec/failures.js';
import type { Cancellable } from './cancellable.js';
import { assertVerdict, ifWellFormed, isJobReport, isNotice, trimmed } from './messageChecks.js';
import type { At } from './stages/at.js';

export function setHandlers({ state, redraw }: At, story: Cancellable): void {
  setHandler(messages.progress, () => state.progress(), { description: 'The whole state of the run, as JSON' });
  setHandler(
    messages.jobReport,
    ifWellFormed(messages.jobReport, isJobReport, (report) => {
      state.reports(report);
      redraw();
    }),
    { description: 'Internal: a job tells its run how it stands' },
  );
  setHandler(
    messages.waitNotice,
    ifWellFormed(messages.waitNotice, isNotice, (words) => {
      state.noticeOnce(words);
      redraw();
    }),
    { description: 'Internal: a wait tells its run what a person should know' },
  );
  const decidable = (verdict: unknown): void => {
    assertVerdict(verdict);
    state.assertDecidable();
  };
  setHandler(messages.approve, (verdict) => state.decide({ ...trimmed(verdict), verdict: 'approved' }), {
    description: 'Put the model into service: {"by": "your name", "reason": "why"}',
    validator: decidable,
  });
  setHandler(messages.reject, (verdict) => state.decide({ ...trimmed(verdict), verdict: 'rejected' }), {
    description: 'Keep the model out of service: {"by": "your name", "reason": "why"}',
    validator: decidable,
  });
  setHandler(
    messages.cancelStage,
    async (request) => {
      story.cancel(trimmed(request));
      await condition(() => state.ended);
      return { stopped: state.progress().stopped.join('; ') || 'nothing was running' };
    },
    {
      description: 'Stop the running stage and end the run as cancelled: {"by": "your name", "reason": "why"}',
      validator: (request: unknown) => {
        assertVerdict(request);
        if (state.ended) throw fail('InvalidRequest', `the run has ended: it is ${state.status}`);
      },
    },
  );
}
