/**
 * The loop: from a spec to a verified endpoint, or to a reasoned no.
 * @module
 */
import { workflowInfo } from '@temporalio/workflow';
import type { FineTuneSpecInput } from '../spec/schema.js';
import { Cancellable } from './cancellable.js';
import { concluding } from './conclude.js';
import { setHandlers } from './handlers.js';
import { nameIn } from './nameIn.js';
import { RunState } from './runState.js';
import { atTheStart } from './stages/at.js';
import { servesWithIndex } from './stages/besides.js';
import { compareBases } from './stages/compareBases.js';
import { mayPass } from './stages/gate.js';
import { givenModel } from './stages/given.js';
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
    const given = run.spec.model === undefined ? undefined : await givenModel(at, run, run.spec.model);
    if (run.spec.data.questions) await stages.questions(at, run, run.spec.data.questions);
    await stages.prepare(at, run);
    if (run.spec.bases) {
      await compareBases(at, run, run.spec.bases);
      return 'done';
    }
    if (!(await mayPass(at, run))) return 'rejected'; // before the training is paid for
    const model = given ?? (run.spec.tune ? await stages.tune(at, run) : await stages.train(at, run));

    for (let round = 1; ; round += 1) {
      const rival = await stages.evaluate(at, run, model, round); // base, incumbent and candidate on the same questions
      const gate = await stages.gate(at, run, rival.incumbent);
      if (!gate.passed) return 'rejected'; // a good outcome, not a failure

      const packaged = await stages.package(at, run, model);
      if (!run.spec.deploy) return 'done';
      if (run.spec.deploy.approval === 'required') {
        const verdict = await stages.approve(at, run); // days, if need be
        if (verdict === 'rejected') return 'rejected';
      }
      const deployed = await stages.deploy(at, run, packaged, rival.replaces);
      if (deployed.outcome === 'deployed' && run.spec.index) {
        if (await servesWithIndex(at, run, packaged, deployed, rival)) return 'done'; // both, by one pointer
      } else if (deployed.outcome === 'deployed') {
        await stages.verify(at, run, deployed, rival.replaces); // smoke and parity held, or it would not be deployed
        return 'done';
      }
      // Another model went into service meanwhile: the candidate has to beat that one.
    }
  });
}
