/**
 * deploy: the endpoint takes the new model, or stays as it was. A workflow of the endpoint's own does it, one at a time.
 * @module
 */
import type { Run, ServedModel } from '../../activities/types.js';
import type { ChangeEndpoint, Deployed } from '../deployment.js';
import { aws } from '../waits/activities.js';
import { executeAlone } from '../waits/executeAlone.js';
import { locksOf } from '../waits/locks.js';
import * as options from '../waits/options.js';
import { enter, type At } from './at.js';

/** @param replaces  endpoint config that served when the candidate was compared: only that one is replaced */
export async function deploy(
  at: At,
  run: Run,
  { modelDataUrl, weightsBytes }: ServedModel,
  replaces: string | undefined,
): Promise<Deployed> {
  enter(at, 'deploy');
  const { state, turns, redraw } = at;
  const { pollSeconds, freshPollSeconds, endpointSeconds } = run.spec.timings;
  const { hosting } = state.progress().cost;
  if (hosting?.usdPerHour) state.budget.assertLeft(hosting.usdPerHour, `an hour of ${hosting.instanceType}`);
  const planned = { run, modelDataUrl, weightsBytes };
  const plan = await aws(options.read, 'plan the deployment').planDeployment(planned);
  const { queue, deployment } = locksOf(run, plan.endpoint);
  const deployed = await turns.at(queue, pollSeconds * 1000, () => {
    state.serves({ name: plan.endpoint, configName: plan.config.name, status: 'Deploying' });
    redraw();
    return executeAlone<ChangeEndpoint>(
      'deployEndpoint',
      deployment,
      {
        run,
        plan,
        // Each version of an index has an endpoint of its own, beside the one in service.
        replaces: run.spec.index ? undefined : replaces,
        pollMs: pollSeconds * 1000,
        freshPollMs: freshPollSeconds * 1000,
        settleMs: endpointSeconds * 1000,
      },
      `${plan.endpoint} → ${plan.config.name}`,
      pollSeconds * 1000,
    );
  });
  if (deployed.outcome !== 'deployed') state.serves(undefined);
  return deployed;
}
