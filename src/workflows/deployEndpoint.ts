/**
 * One change of an endpoint: model, config, create or update, wait, verify; all of it, or as it was before.
 * Its id follows from the endpoint's name: two changes of one endpoint cannot run at once.
 * @module
 */
import {
  type ApplicationFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  setHandler,
  TemporalFailure,
} from '@temporalio/workflow';
import type { DeploymentPlan, EndpointSnapshot, EndpointState, Run } from '../activities/types.js';
import { fail, nextApart, type FailureType } from '../spec/failures.js';
import { forMarkdown } from '../spec/foreignText.js';
import type { DeployEndpoint, Deployed } from './deployment.js';
import { goOnTakingBack, takeBack, waysBack, wentBack } from './takeBack.js';
import { aws, io } from './waits/activities.js';
import { overran, rootFailure } from './waits/failure.js';
import { Announcements, inNewHistory, type NewHistory } from './waits/follow.js';
import { Refusals } from './waits/news.js';
import * as options from './waits/options.js';
import { Undo } from './waits/undo.js';
import { isSettled } from '../run/endpoint.js';
import { jobStateChanged } from '../run/messages.js';

export async function deployEndpoint(input: DeployEndpoint): Promise<Deployed> {
  const { plan, replaces, begun } = input;
  const endpoint = endpointOf(input);
  if (begun?.undoing) return goOnTakingBack(input, endpoint, begun.undoing);

  const before = begun ? null : await endpoint.steady(inNewHistory(() => continueAsNew<typeof deployEndpoint>(input)));
  const serving = before && before.status !== 'Failed' ? before.configName : begun?.serving;
  if (serving !== replaces && serving !== plan.config.name) return { outcome: 'incumbentChanged', serving };
  // The run was reset, or its deployment killed: this execution has made nothing of what serves, so it undoes nothing.
  if (before?.status === 'InService' && serving === plan.config.name && patched('what-serves-already-stays')) {
    const old = replaces === serving ? undefined : replaces;
    try {
      return await verified(input, { config: serving, old, notices: [] });
    } catch (error) {
      const failure = error instanceof TemporalFailure ? rootFailure(error) : undefined;
      if (failure?.type !== 'VerificationFailed' || !patched('goes-back-from-what-serves-already')) throw error;
      throw await wentBack(input, endpoint, old, await withLog(plan, failure));
    }
  }
  const old = serving === plan.config.name ? undefined : serving;

  const undo = new Undo();
  const back = waysBack(plan, endpoint, old);
  try {
    // Where an earlier history has begun, all of it is there: a cancel that comes at once undoes it too.
    undo.before(...back.model);
    if (!begun) await aws(options.create, `create model ${plan.model.name}`).createModel(plan.model);

    const config = plan.config.name;
    undo.before(...back.config);
    if (!begun) await aws(options.create, `create endpoint config ${config}`).createEndpointConfig(plan.config);

    if (before?.status === 'Failed')
      await endpoint.remove(inNewHistory(() => continueAsNew<typeof deployEndpoint>(input)));
    undo.before(...back.endpoint);
    const notices = await endpoint.bring(config, old, (notices, triedAgain) =>
      continueAsNew<typeof deployEndpoint>({ ...input, begun: { serving, notices, triedAgain } }),
    );
    return await verified(input, { config, old, notices });
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    // Before the undoing: of an endpoint that is deleted, the log of the next one would be taken for its own.
    const root = isCancellation(error) ? undefined : rootFailure(error);
    const told = root && (await CancellationScope.nonCancellable(() => withLog(plan, root)));
    return takeBack(input, undo, old, told === undefined || told === root ? error : told);
  }
}

/** Asks the endpoint that is InService; what it serves is the new model, or the change has failed. */
async function verified(
  { run, plan }: DeployEndpoint,
  { config, old, notices }: { config: string; old: string | undefined; notices: string[] },
): Promise<Deployed> {
  const settledAt = new Date().toISOString();
  setCurrentDetails(`**Verifying** endpoint ${plan.endpoint}: smoke request and parity with the evaluated model`);
  const verification = await io(options.invoke, `verify endpoint ${plan.endpoint}`).verifyEndpoint({
    run,
    endpoint: plan.endpoint,
    configName: config,
  });
  if (!verification.passed) throw fail('VerificationFailed', `endpoint ${plan.endpoint}: ${verification.verdict}`);

  // Verified: from here on the new model serves, and the old one goes, whatever else happens to the run.
  await CancellationScope.nonCancellable(async () => {
    if (patched('put-on-record')) notices.push(...(await putOnRecord(run, plan)));
    notices.push(...(await scale(plan, old)));
    if (old) await retire(old, plan);
  });
  setCurrentDetails(
    `**In service**: endpoint ${plan.endpoint}, config ${config}. ${forMarkdown(verification.verdict)}`,
  );
  return { outcome: 'deployed', settledAt, verification, notices };
}

const TOLD_BY_ITS_LOG: readonly (string | null | undefined)[] = [
  'EndpointFailed',
  'RolledBack',
  'VerificationFailed',
] satisfies FailureType[];

/** What the container wrote last says more than SageMaker does: kept in the run's folder, and named in the failure. */
async function withLog(
  { endpoint, logTail: to }: DeploymentPlan,
  failure: ApplicationFailure,
): Promise<ApplicationFailure> {
  if (to === undefined || !TOLD_BY_ITS_LOG.includes(failure.type)) return failure;
  try {
    const limited = { ...options.read, scheduleToCloseTimeout: '1m' } as const;
    const { uri } = await aws(limited, `log of endpoint ${endpoint}`).keepEndpointLog({ endpoint, to });
    if (uri === undefined) return failure;
    const { what, next: mend } = nextApart(failure.message);
    const where = `${what}. \`attune show\` prints the end of its log, which is in ${uri}`;
    return fail(failure.type as FailureType, where, { cause: failure, details: failure.details ?? undefined, mend });
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    log.warn('the log of the endpoint could not be kept', { endpoint, error });
    return failure;
  }
}

/** The steps on the endpoint itself. Events wake the waits. */
function endpointOf({ plan, pollMs, freshPollMs, settleMs, begun }: DeployEndpoint) {
  const { endpoint, tags, update, claim } = plan;
  const announcements = new Announcements();
  const refusals = new Refusals();
  setHandler(jobStateChanged, () => announcements.arrived(), {
    description: 'Look at the endpoint now: {"status": "InService", "at": "2026-01-01T00:00:00Z", "source": "person"}',
  });

  const until = async (
    reached: (now: EndpointSnapshot) => boolean,
    summary: string,
    onFull?: NewHistory,
  ): Promise<EndpointSnapshot> => {
    const limit = { limitMs: settleMs, sinceMs: Date.now() };
    const now = await announcements
      .follow<EndpointSnapshot>(
        (at) =>
          refusals.heard((tellsRefusal) =>
            aws(options.wait(summary)).awaitEndpoint({ endpoint, pollMs, freshPollMs, limit, tellsRefusal, ...at }),
          ),
        (one) => reached(one) || one.overdue === true,
        {
          pauseMs: pollMs,
          onFull,
          onMove: ({ status, configName, phase }) =>
            setCurrentDetails(`**${status}**${phase ? ` · ${phase}` : ''}: endpoint ${endpoint}, config ${configName}`),
        },
      )
      .catch((error: unknown) => {
        throw overran(error) ? neverSettled(error.cause?.message ?? '') : error;
      });
    if (now.overdue) throw neverSettled(`it is still ${now.status}`);
    return now;
  };
  const neverSettled = (word: string) =>
    fail('EndpointFailed', `endpoint ${endpoint} did not settle within ${settleMs / 1000} s: ${word}`);
  const untilSettled = (onFull?: NewHistory): Promise<EndpointSnapshot> =>
    until(({ settled }) => settled, `waiting for endpoint ${endpoint}`, onFull);

  const steady = async (onFull: NewHistory): Promise<EndpointState | null> => {
    const { state } = await aws(options.read, `look at endpoint ${endpoint}`).readEndpoint({ endpoint, claim });
    if (state === null || isSettled(state.status)) return state;
    await untilSettled(onFull);
    return (await aws(options.read, `look at endpoint ${endpoint}`).readEndpoint({ endpoint, claim })).state;
  };
  const point = (configName: string, { back = false, creates = false } = {}): Promise<void> =>
    aws(back ? options.cleanUp : options.create, `point endpoint ${endpoint} to ${configName}`).pointEndpoint({
      endpoint,
      configName,
      tags,
      update,
      back,
      claim,
      creates,
    });
  const remove = async (onFull?: NewHistory): Promise<void> => {
    const { status } = await untilSettled(onFull);
    if (status === 'Gone') return;
    const asked = await aws(options.cleanUp, `delete endpoint ${endpoint}`).deleteEndpoint({ endpoint, tags, claim });
    if (asked?.left) return;
    await until((now) => now.status === 'Gone', `waiting for endpoint ${endpoint} to go`, onFull);
  };

  /** An update that changes the instance type takes the autoscaling away first: what serves again scales again. */
  const rescaled = async (configName: string): Promise<void> => {
    if (!patched('scales-again-after-the-way-back')) return;
    await aws(options.cleanUp, `scale ${configName} again`).rescaleEndpoint({ endpoint, configName });
  };

  return {
    steady,
    remove,

    /**
     * Points the endpoint to the config and waits until that one serves. A fault of the platform is worth a second try,
     * under the same names.
     *
     * @returns what a person may want to know
     * @throws RolledBack when an older model serves on, EndpointFailed when nothing does
     */
    async bring(
      config: string,
      old: string | undefined,
      onFull: (notices: string[], triedAgain: boolean) => Promise<never>,
    ): Promise<string[]> {
      const { notices, triedAgain } = begun ?? { notices: [], triedAgain: false };
      if (!begun) await point(config, { creates: old === undefined });
      let now = await untilSettled(inNewHistory(() => onFull(notices, triedAgain)));
      const came = ({ status, configName }: EndpointSnapshot) => status === 'InService' && configName === config;
      if (!came(now) && isPlatformFault(now) && !triedAgain) {
        notices.push(`endpoint ${endpoint}: ${now.failureReason}; tried again`);
        if (now.status === 'Failed') await remove();
        await point(config, { creates: old === undefined });
        now = await untilSettled(inNewHistory(() => onFull(notices, true)));
      }
      if (came(now)) return notices;
      const why = now.failureReason ?? 'SageMaker gave no reason';
      if (now.status === 'InService' && old !== undefined && now.configName === old) {
        throw fail('RolledBack', `endpoint ${endpoint} did not take config ${config} and serves ${old} again: ${why}`);
      }
      throw fail(
        'EndpointFailed',
        `endpoint ${endpoint} is ${now.status} with config ${now.configName ?? 'none'}: ${why}`,
      );
    },

    /** There is no abort: wait until the endpoint settles, then point it to the old config. */
    async pointBack(old: string, onFull?: NewHistory): Promise<void> {
      const now = await untilSettled(onFull);
      if (now.status === 'InService' && now.configName === old) return rescaled(old);
      if (now.status === 'Failed') await remove(onFull);
      await point(old, { back: true });
      const after = await untilSettled(onFull);
      if (after.status === 'InService' && after.configName === old) return rescaled(old);
      throw fail('EndpointFailed', `endpoint ${endpoint} is ${after.status} instead of serving ${old} again`);
    },
  };
}

const isPlatformFault = ({ failureReason = '' }: EndpointSnapshot): boolean =>
  /internal ?(server|service)? ?(error|failure)/i.test(failureReason);

/** Who owns the endpoint now, for when Temporal has forgotten it. The model serves already: what goes wrong is told. */
async function putOnRecord(run: Run, { endpoint, config }: DeploymentPlan): Promise<string[]> {
  try {
    const configName = config.name;
    await aws(options.create, `put the deployment on record`).recordDeployed({ run, endpoint, configName });
    return [];
  } catch (error) {
    const failure = rootFailure(error);
    if (failure === undefined) throw error;
    log.warn('the deployment could not be put on record', { endpoint, error });
    return [`endpoint ${endpoint} serves, but its tags do not say so: ${failure.message}`];
  }
}

/** As the spec asks, or as no spec asks any more. The model serves already: what goes wrong here is told and undoes nothing. */
async function scale({ endpoint, autoscaling }: DeploymentPlan, old: string | undefined): Promise<string[]> {
  try {
    if (autoscaling) {
      await aws(options.create, `set the autoscaling of endpoint ${endpoint}`).scaleEndpoint({ endpoint, autoscaling });
    } else if (old) {
      await aws(options.cleanUp, `end the autoscaling of ${old}`).unscaleEndpoint({ endpoint, configName: old });
    }
    return [];
  } catch (error) {
    const failure = rootFailure(error);
    if (failure === undefined) throw error;
    log.warn('the autoscaling could not be set', { endpoint, error });
    return [`endpoint ${endpoint} serves, but its autoscaling is not as asked: ${failure.message}`];
  }
}

/** The old model stays in S3; its config and model entry go. Where they cannot, they cost nothing and are left. */
async function retire(configName: string, { tags }: DeploymentPlan): Promise<void> {
  try {
    await aws(options.cleanUp, `remove config ${configName}`).removeSuperseded({ configName, tags });
  } catch (error) {
    log.warn('the superseded endpoint config could not be removed', { configName, error });
  }
}
