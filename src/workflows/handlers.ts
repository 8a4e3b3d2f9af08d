/**
 * What can be asked of a run while it goes on: its progress, its jobs' news, a person's decision, the stop of a stage.
 * @module
 */
import { condition, setHandler } from '@temporalio/workflow';
import * as messages from '../run/messages.js';
import type { Verdict } from '../run/progress.js';
import { fail } from '../spec/failures.js';
import type { Cancellable } from './cancellable.js';
import { assertNamed } from './runState.js';
import type { At } from './stages/at.js';

export function setHandlers({ state, redraw }: At, story: Cancellable): void {
  setHandler(messages.progress, () => state.progress(), { description: 'The whole state of the run, as JSON' });
  setHandler(messages.jobReport, (report) => {
    state.reports(report);
    redraw();
  });
  setHandler(messages.waitNotice, (words) => {
    state.noticeOnce(words);
    redraw();
  });
  setHandler(messages.approve, (verdict) => state.decide({ ...verdict, verdict: 'approved' }), {
    description: 'Put the model into service: {"by": "your name", "reason": "why"}',
    validator: (verdict: Verdict) => state.assertDecidable(verdict),
  });
  setHandler(messages.reject, (verdict) => state.decide({ ...verdict, verdict: 'rejected' }), {
    description: 'Keep the model out of service: {"by": "your name", "reason": "why"}',
    validator: (verdict: Verdict) => state.assertDecidable(verdict),
  });
  setHandler(
    messages.cancelStage,
    async (request) => {
      story.cancel(request);
      await condition(() => state.ended);
      return { stopped: state.progress().stopped.join('; ') || 'nothing was running' };
    },
    {
      description: 'Stop the running stage and end the run as cancelled: {"by": "your name", "reason": "why"}',
      validator: (request: Partial<Verdict> | undefined) => {
        assertNamed(request?.by);
        if (state.ended) throw fail('InvalidRequest', `the run has ended: it is ${state.status}`);
      },
    },
  );
}
