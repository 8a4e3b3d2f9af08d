/**
 * The model before goes into service again, as a deployment brings one: by the endpoint's own workflow, in its turn, verified, or
 * all of it is as it was.
 * @module
 */
import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { forMarkdown } from '../spec/foreignText.js';
import { fail } from '../spec/failures.js';
import type { RollBack, RolledBack } from '../run/rollback.js';
import type { ChangeEndpoint } from './deployment.js';
import { aws, io } from './waits/activities.js';
import { executeAlone } from './waits/executeAlone.js';
import { locksOf } from './waits/locks.js';
import * as options from './waits/options.js';
import { Turns } from './waits/turns.js';

/**
 * @throws NotFound, NotAvailable: there is nothing to go back to; RolledBack, VerificationFailed: the model of now serves on;
 *         InvalidRequest: another model went into service meanwhile
 */
export async function rollBack(asked: RollBack): Promise<RolledBack> {
  const { endpoint } = asked;
  const turns = new Turns();
  const { namespace } = workflowInfo();
  const { run, from, to, weightsBytes } = await io(options.read, `what served at ${endpoint} before?`).planRollback({
    endpoint,
    namespace,
  });
  setCurrentDetails(
    `**Going back** to the model of ${forMarkdown(to.madeBy ?? to.configName)}, asked by ${forMarkdown(asked.by)}`,
  );
  const { pollSeconds, freshPollSeconds, endpointSeconds } = run.spec.timings;
  const pollMs = pollSeconds * 1000;
  const plan = await aws(options.read, 'plan the deployment').planDeployment({
    run,
    modelDataUrl: to.modelDataUrl,
    weightsBytes,
  });
  // What serves is of a later run, which may be of another spec's name: a person has asked for its place.
  const claim = plan.claim && { ...plan.claim, takeOver: true };
  const { queue, deployment } = locksOf(run, endpoint);
  const deployed = await turns.at(queue, pollMs, () =>
    executeAlone<ChangeEndpoint>(
      'deployEndpoint',
      deployment,
      {
        run,
        plan: { ...plan, claim },
        replaces: from.configName,
        pollMs,
        freshPollMs: freshPollSeconds * 1000,
        settleMs: endpointSeconds * 1000,
      },
      `${endpoint} → ${plan.config.name}, back`,
      pollMs,
    ),
  );
  if (deployed.outcome !== 'deployed')
    throw fail('InvalidRequest', `another model went into service at ${endpoint} meanwhile: nothing was changed`, {
      mend: 'look at it, and ask again',
    });
  const { verification, notices } = deployed;
  const { uri } = await io(options.record, 'record who went back, and from what').recordRollback({
    run,
    asked,
    from,
    to: { ...to, configName: plan.config.name },
  });
  setCurrentDetails(`**In service again**: the model of ${forMarkdown(to.madeBy ?? to.configName)}`);
  return {
    endpoint,
    from,
    to: { ...to, configName: plan.config.name },
    minCosine: verification.minCosine,
    notices,
    record: uri,
  };
}
