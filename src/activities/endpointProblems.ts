/**
 * What the endpoint as it stands forbids: found before anything is paid for.
 * @module
 */
import { problem, type Problem } from '../spec/problem.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { requireAutoscaling } from './autoscaling.js';
import type { Deps } from './deps.js';
import { endpointNameOf } from '../run/endpoint.js';
import type { Incumbent } from '../run/run.js';

/** @throws AccessDenied: the spec asks for autoscaling, and the worker may not use it */
export async function endpointProblems(
  deps: Deps,
  { deploy, name }: FineTuneSpec,
  incumbent: Incumbent | undefined,
): Promise<Problem[]> {
  if (!deploy) return [];
  const endpoint = endpointNameOf({ name, deploy });
  if (deploy.autoscaling) await requireAutoscaling(deps, endpoint);
  if (incumbent === undefined || incumbent.serverless === (deploy.serverless !== undefined)) return [];
  const mend = 'name a new endpoint in deploy.endpoint, or delete this one first';
  return incumbent.serverless
    ? [
        problem(
          'deploy.serverless',
          deploy.serverless,
          `settings for a serverless endpoint, because ${endpoint} is one and SageMaker could not go back to it after an update to instances`,
          `add deploy.serverless; or ${mend}`,
        ),
      ]
    : [
        problem(
          'deploy.serverless',
          deploy.serverless,
          `none, because endpoint ${endpoint} has instances and SageMaker makes no such endpoint serverless`,
          `remove it; or ${mend}`,
        ),
      ];
}
