/**
 * A change of an endpoint that cannot be finished: what was made is taken back, and the endpoint is as it was before.
 * @module
 */
import {
  ApplicationFailure,
  CancelledFailure,
  continueAsNew,
  isCancellation,
  patched,
  setCurrentDetails,
  type TemporalFailure,
} from '@temporalio/workflow';
import type { DeploymentPlan } from '../activities/types.js';
import { fail } from '../spec/failures.js';
import { forMarkdown } from '../spec/foreignText.js';
import type { ChangeEndpoint, DeployEndpoint, Undoing } from './deployment.js';
import { aws } from './waits/activities.js';
import { rootFailure } from './waits/failure.js';
import type { NewHistory } from './waits/follow.js';
import * as options from './waits/options.js';
import { Undo } from './waits/undo.js';

interface Endpoint {
  pointBack: (old: string, onFull?: NewHistory) => Promise<void>;
  remove: (onFull?: NewHistory) => Promise<void>;
}

/** What a deployment makes, in the order in which it is made, each with its way back. */
export function waysBack(
  { model, config, endpoint: name }: DeploymentPlan,
  endpoint: Endpoint,
  old?: string,
): Record<'model' | 'config' | 'endpoint', Parameters<Undo['before']>> {
  return {
    model: [`model ${model.name}`, () => aws(options.cleanUp).deleteModel({ name: model.name })],
    config: [`endpoint config ${config.name}`, () => aws(options.cleanUp).deleteEndpointConfig({ name: config.name })],
    endpoint: [
      `endpoint ${name}`,
      (onFull) => (old === undefined ? endpoint.remove(onFull) : endpoint.pointBack(old, onFull)),
    ],
  };
}

/** @throws what ended the deployment; EndpointFailed where something is left */
export async function takeBack(
  input: DeployEndpoint,
  undo: Undo,
  old: string | undefined,
  error: TemporalFailure,
): Promise<never> {
  const { endpoint } = input.plan;
  const cause = isCancellation(error) ? undefined : rootFailure(error);
  setCurrentDetails(`**Undoing** the change of endpoint ${endpoint}`);
  const left = await undo.all(newHistoryFor(input, old, cause));
  setCurrentDetails(left.length === 0 ? '**Undone**' : `**Left behind**: ${forMarkdown(left.join(', '))}`);
  if (left.length === 0 || cause === undefined) throw error;
  throw fail('EndpointFailed', `${cause.message}. Could not be removed afterwards: ${left.join(', ')}`, cause);
}

/** In a new history. What is gone already is not missed. */
export function goOnTakingBack(input: DeployEndpoint, endpoint: Endpoint, { old, failure }: Undoing): Promise<never> {
  const error = failure
    ? ApplicationFailure.create({ ...failure, nonRetryable: true })
    : new CancelledFailure('the deployment was cancelled');
  return takeBack(input, allOf(input.plan, endpoint, old), old, error);
}

/**
 * What serves already does not pass. Where it was never verified, what it replaced is still there: that one serves again.
 * Once it has been verified, that is gone.
 */
export async function wentBack(
  input: DeployEndpoint,
  endpoint: Endpoint,
  old: string | undefined,
  failure: ApplicationFailure,
): Promise<ApplicationFailure> {
  const { message } = failure;
  const stays = (why: string) => fail('VerificationFailed', `${message}. It stays in service: ${why}`);
  if (old === undefined) return stays('nothing served before it');
  const { there } = await aws(options.read, `look at config ${old}`).lookAtConfig({ name: old });
  if (!there) return stays(`${old}, which served before it, is not there any more`);
  const left = await allOf(input.plan, endpoint, old).all(newHistoryFor(input, old, failure));
  return left.length === 0
    ? fail('VerificationFailed', `${message}. ${old} serves again`)
    : stays(`it could not be pointed back to ${old}, or not be removed: ${left.join(', ')}`);
}

function allOf(plan: DeploymentPlan, endpoint: Endpoint, old: string | undefined): Undo {
  const undo = new Undo();
  for (const way of Object.values(waysBack(plan, endpoint, old))) undo.before(...way);
  return undo;
}

const newHistoryFor = (input: DeployEndpoint, old: string | undefined, cause?: ApplicationFailure): NewHistory => ({
  may: () => patched('undos-continue-as-new'),
  begin: () => {
    const failure = cause && { type: cause.type ?? 'Unexpected', message: cause.message };
    const begun = { notices: [], triedAgain: true, undoing: { old, failure } };
    return continueAsNew<ChangeEndpoint>({ ...input, begun });
  },
});
