/**
 * The loop: from a spec to a verified endpoint, or to a reasoned no.
 * @module
 */
import { workflowInfo } from '@temporalio/workflow';
import type { FineTuneSpecInput } from '../spec/schema.js';
import { Cancellable } from './cancellable.js';
import { concluding } from './conclude.js';
import { setHandlers } from './handlers.js';
import { RunState } from './runState.js';
import { atTheStart } from './stages/at.js';
import { mayPass } from './stages/gate.js';
import { stages } from './stages/index.js';
import type { Progress } from '../run/progress.js';

/**
 * @param input  a spec as a person wrote it, with its files in S3; checked by the first stage
 * @returns      how it ended: status `done` or `rejected`
 * @throws       a failure of the table in spec/failures.ts, or CancelledFailure when the run was cancelled
 */
export async function fineTune(input: FineTuneSpecInput): Promise<Progress> {
  const state = new RunState(workflowInfo().workflowId, nameIn(input));
  const at = atTheStart(state, input);
  const cancellable = new Cancellable(state);
  setHandlers(at, cancellable);

  return concluding(at, cancellable, async () => {
    const run = await stages.preflight(at, input); // everything that can be refused is refused here, unpaid
    if (run === undefined) return 'done'; // nothing is new since an earlier run
    await stages.prepare(at, run);
    if (!(await mayPass(at, run))) return 'rejected'; // before the training is paid for
    const model = run.spec.tune ? await stages.tune(at, run) : await stages.train(at, run);

    for (let round = 1; ; round += 1) {
      const { incumbent, replaces } = await stages.evaluate(at, run, model, round); // base, incumbent and candidate on the same questions
      const gate = await stages.gate(at, run, incumbent);
      if (!gate.passed) return 'rejected'; // a good outcome, not a failure

      const packaged = await stages.package(at, run, model);
      if (!run.spec.deploy) return 'done';
      if (run.spec.deploy.approval === 'required') {
        const verdict = await stages.approve(at, run); // days, if need be
        if (verdict === 'rejected') return 'rejected';
      }
      const deployed = await stages.deploy(at, run, packaged, replaces);
      if (deployed.outcome === 'deployed') {
        await stages.verify(at, run, deployed, replaces); // smoke and parity held, or it would not be deployed
        return 'done';
      }
      // Another model went into service meanwhile: the candidate has to beat that one.
    }
  });
}

/** The name of whatever was handed over, for display until preflight has checked it. */
function nameIn(input: unknown): string {
  const name = (input as { name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' ? name.slice(0, 63) : 'unnamed';
}
