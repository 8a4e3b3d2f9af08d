/**
 * Model, endpoint config and endpoint: made or adopted, pointed, waited for, removed.
 * @module
 */
import { activityInfo } from '@temporalio/activity';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  ListTagsCommand,
  UpdateEndpointCommand,
  type CreateEndpointConfigCommandInput,
  type CreateModelCommandInput,
  type Tag,
} from '@aws-sdk/client-sagemaker';
import { isAlreadyThere, isNotFound, isWrongState, toFailure, unlessGone } from '../aws/errors.js';
import type { Autoscaling } from '../aws/requests/autoscaling.js';
import {
  endpointConfigRequest,
  modelRequest,
  returnRequest,
  updatePlanOf,
  updateRequest,
  type UpdatePlan,
} from '../aws/requests/hosting.js';
import type { Named } from '../aws/requests/named.js';
import { isSettled } from '../run/endpoint.js';
import type { Run } from '../run/run.js';
import { TAG, tagIn, tagsFor } from '../aws/tags.js';
import { fail } from '../spec/failures.js';
import { indexNameIn } from '../spec/indexName.js';
import { workersOf } from '../spec/workers.js';
import { servedEngine } from './servedEngine.js';
import { setAside, unscale } from './autoscaling.js';
import { keepEndpointLogTail, type LogTailPlace } from './logs.js';
import { endpointLogFile } from '../run/files.js';
import { calling, isToTell, looking, now, patienceWith, unbrokenMs } from './call.js';
import { claimOf, isMadeBy, isOfSameSpec, requireClaim, type Claim } from './claim.js';
import type { Deps } from './deps.js';
import { describeEndpoint, describeOwnEndpoint, type EndpointState } from './incumbent.js';
import { jittered, stillRunning } from './jobs.js';
import { deployedEndpointOf } from './vectorIndex/serving.js';

export interface DeploymentPlan {
  endpoint: string;
  model: Named<CreateModelCommandInput>;
  config: Named<CreateEndpointConfigCommandInput>;
  /** Of the endpoint itself, when it has to be created. */
  tags: Tag[];
  /** When it serves already. */
  update: UpdatePlan;
  /** In whose name. Absent in runs that versions before 0.1.0 began. */
  claim?: Claim;
  autoscaling?: Autoscaling;
  /** Where the end of its log is kept when it fails. Absent: an earlier version planned it. */
  logTail?: LogTailPlace;
}

export interface EndpointSnapshot {
  key: string;
  status: string;
  /** Nothing moves any more: the endpoint can be changed or deleted, or is gone. */
  settled: boolean;
  configName?: string;
  failureReason?: string;
  /** What an update is about: ActivatingTraffic, Baking. */
  phase?: string;
  /** ISO 8601: when SageMaker last changed it. */
  changedAt?: string;
  /** In motion for longer than it may be. */
  overdue?: boolean;
}

const GONE = 'Gone';

export const createEndpointActivities = (deps: Deps) => ({
  /** Names and requests of what a deployment makes. Nothing is made yet. */
  async planDeployment({ run, modelDataUrl, weightsBytes }: PlanDeployment): Promise<DeploymentPlan> {
    const { deploy } = run.spec;
    if (!deploy) throw fail('RequestRefused', 'planning a deployment: the spec says deploy: false');
    const model = modelRequest(run, modelDataUrl, workersOf(deploy, weightsBytes), await servedEngine(deps, run));
    const config = endpointConfigRequest(run, model.name);
    const endpoint = deployedEndpointOf(run, modelDataUrl);
    return {
      endpoint,
      model,
      config,
      tags: [
        ...tagsFor(run, 'deploy', config.requestHash),
        ...(run.spec.index ? [{ Key: TAG.index, Value: indexNameIn(run.spec.index) }] : []),
      ],
      update: updatePlanOf(run, deploy),
      claim: claimOf(run.spec, run.namespace),
      autoscaling: deploy.autoscaling,
      logTail: { uri: endpointLogFile(run, endpoint), outputKmsKeyId: run.spec.encryption.outputKmsKeyId },
    };
  },

  /** Keeps the end of the endpoint's log in S3. @returns where; nothing where there is no log */
  async keepEndpointLog({ endpoint, to }: { endpoint: string; to: LogTailPlace }): Promise<{ uri?: string }> {
    const kept = await calling(`keeping the log of endpoint ${endpoint}`, deps, () =>
      keepEndpointLogTail(deps, endpoint, to),
    );
    return kept ? { uri: to.uri } : {};
  },

  /**
   * @param claim  who is about to change it; absent: nobody
   * @throws NameTaken (final): the endpoint is not attune's, or another spec's and not to be taken over
   */
  async readEndpoint({
    endpoint,
    claim,
  }: {
    endpoint: string;
    claim?: Claim;
  }): Promise<{ state: EndpointState | null; calledAt: string }> {
    const calledAt = now();
    const state = await looking(`looking at endpoint ${endpoint}`, deps, () =>
      describeOwnEndpoint(deps, endpoint, claim),
    );
    return { state, calledAt };
  },

  async createModel({ name, requestHash, request }: DeploymentPlan['model']): Promise<void> {
    await createOrAdopt(deps, `model ${name}`, requestHash, {
      create: () => deps.sageMaker.send(new CreateModelCommand(request)),
      arn: async () => (await deps.sageMaker.send(new DescribeModelCommand({ ModelName: name }))).ModelArn,
    });
  },

  async createEndpointConfig({ name, requestHash, request }: DeploymentPlan['config']): Promise<void> {
    await createOrAdopt(deps, `endpoint config ${name}`, requestHash, {
      create: () => deps.sageMaker.send(new CreateEndpointConfigCommand(request)),
      arn: async () =>
        (await deps.sageMaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name }))).EndpointConfigArn,
    });
  },

  /** Whether there still is such an endpoint config. */
  async lookAtConfig({ name }: { name: string }): Promise<{ there: boolean }> {
    return calling(`looking at endpoint config ${name}`, deps, async () => {
      const config = deps.sageMaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name }));
      return { there: (await unlessGone(config)) !== undefined };
    });
  },

  /**
   * Creates the endpoint, or updates it to the config. Done already, or on its way: the same as done.
   *
   * @throws NameTaken (final): somebody else has made an endpoint of this name meanwhile
   */
  async pointEndpoint({ endpoint, configName, tags, update, back, claim, creates }: PointEndpoint): Promise<void> {
    const doing = `pointing endpoint ${endpoint} to config ${configName}`;
    const before = await calling(doing, deps, async () => {
      const found = await describeOwnEndpoint(deps, endpoint, claim);
      const cameMeanwhile = creates && found !== null && found.configName !== configName;
      if (cameMeanwhile && !(await isMadeBy(deps, found.arn, tags)))
        throw fail('NameTaken', `${doing}: another run has made it meanwhile (${found.arn}), so it is left alone`);
      return found;
    });
    try {
      if (before === null) {
        const request = { EndpointName: endpoint, EndpointConfigName: configName, Tags: tags };
        await deps.sageMaker.send(new CreateEndpointCommand(request));
      } else if (before.configName !== configName) {
        const request = back
          ? returnRequest(endpoint, configName, update)
          : updateRequest(endpoint, configName, update, before.instances);
        await setAside(deps, endpoint, before.configName, configName);
        await deps.sageMaker.send(new UpdateEndpointCommand(request));
      }
    } catch (error) {
      // The config is read with eventual consistency, and an endpoint in motion takes no update until it settles.
      if (isNotFound(error)) throw fail('Unavailable', `${doing}: the config is not visible yet`, error as Error);
      if (!isWrongState(error)) throw toFailure(error, doing, patienceWith(error, deps));
      const { PendingDeploymentSummary: pending } = await calling(doing, deps, () =>
        deps.sageMaker.send(new DescribeEndpointCommand({ EndpointName: endpoint })),
      );
      if (pending?.EndpointConfigName !== configName) {
        throw fail('Unavailable', `${doing}: the endpoint is in motion`, error as Error);
      }
    }
  },

  /** One Describe. Returns when the endpoint moved since `lastSeen`; otherwise fails so that the server asks again. */
  async awaitEndpoint(wait: AwaitEndpoint): Promise<EndpointSnapshot | { refused: string }> {
    const { endpoint, lastSeen, pollMs, freshPollMs, woken, limit, tellsRefusal } = wait;
    let now: EndpointSnapshot;
    try {
      now = await looking(`looking at endpoint ${endpoint}`, deps, () => snapshotOf(deps, endpoint), pollMs);
    } catch (error) {
      if (!tellsRefusal || !isToTell(error)) throw error;
      return { refused: error.message };
    }
    if (now.key !== lastSeen) return now;
    // What an outage kept from being seen may be seen a moment later: one look does not make it stuck.
    if (isInMotionTooLong(now, limit) && unbrokenMs('overdue') >= 2 * pollMs) return { ...now, overdue: true };
    const fresh = woken && activityInfo().attempt <= 3;
    throw stillRunning(`endpoint ${endpoint} · ${now.status}`, jittered(fresh ? freshPollMs : pollMs));
  },

  /**
   * Asks for the deletion; gone already is success. An endpoint in motion cannot be deleted: tried again.
   *
   * @param tags  of the run that asks: it may delete what it made, and what failed of those that it may change
   * @returns whether it is left alone, because another run made it and it may serve
   */
  async deleteEndpoint({ endpoint, tags, claim }: DeleteEndpoint): Promise<{ left: boolean }> {
    const left = await looking(`looking at endpoint ${endpoint}`, deps, async () => {
      const state = await describeEndpoint(deps, endpoint);
      if (state === null) return false;
      if (tags !== undefined && !(await isMadeBy(deps, state.arn, tags))) {
        if (state.status !== 'Failed') return true;
        await requireClaim(deps, { name: endpoint, ...state }, claim);
      }
      await unscale(deps, endpoint, state.configName);
      return false;
    });
    if (left) return { left };
    await remove(deps, `endpoint ${endpoint}`, () =>
      deps.sageMaker.send(new DeleteEndpointCommand({ EndpointName: endpoint })),
    );
    return { left };
  },
  async deleteEndpointConfig({ name }: { name: string }): Promise<void> {
    await remove(deps, `endpoint config ${name}`, () =>
      deps.sageMaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name })),
    );
  },
  async deleteModel({ name }: { name: string }): Promise<void> {
    await remove(deps, `model ${name}`, () => deps.sageMaker.send(new DeleteModelCommand({ ModelName: name })));
  },

  /**
   * Removes a config that no longer serves, and its models: those of attune's making only.
   *
   * @param tags  of the run whose model serves now: what another spec's run made stays
   */
  async removeSuperseded({ configName, tags }: { configName: string; tags?: Tag[] }): Promise<{ removed: string[] }> {
    const { sageMaker } = deps;
    return calling(`removing the superseded endpoint config ${configName}`, deps, async () => {
      const config = await unlessGone(
        sageMaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: configName })),
      );
      if (config === undefined) return { removed: [] };
      const { Tags = [] } = await sageMaker.send(new ListTagsCommand({ ResourceArn: config.EndpointConfigArn! }));
      if (tagIn(Tags, TAG.workflow) === undefined) return { removed: [] };
      if (tags && !(await isOfSameSpec(deps, configName, Tags, tags))) return { removed: [] };
      const models = (config.ProductionVariants ?? []).flatMap(({ ModelName }) => ModelName ?? []);
      // Models first: once the config is gone, nothing tells which they were.
      for (const name of models) {
        await remove(deps, `model ${name}`, () => sageMaker.send(new DeleteModelCommand({ ModelName: name })));
      }
      await remove(deps, `endpoint config ${configName}`, () =>
        sageMaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: configName })),
      );
      return { removed: [...models, configName] };
    });
  },
});

export interface PlanDeployment {
  run: Run;
  modelDataUrl: string;
  /** Of the model's weights. Absent: an earlier version packaged it. */
  weightsBytes?: number;
}

export interface PointEndpoint {
  endpoint: string;
  configName: string;
  tags: Tag[];
  update: UpdatePlan;
  /** To the config before: at once. */
  back: boolean;
  claim?: Claim;
  /** There was none to be changed: one that is there by now is this run's own, or is left alone. */
  creates?: boolean;
}

export interface DeleteEndpoint {
  endpoint: string;
  tags?: Tag[];
  claim?: Claim;
}

export interface AwaitEndpoint {
  endpoint: string;
  lastSeen?: string;
  pollMs: number;
  freshPollMs: number;
  woken: boolean;
  /**
   * How long it may be in motion, by SageMaker's own time of its last change, and since the wait began (milliseconds since
   * the epoch). Absent: as long as it takes.
   */
  limit?: { limitMs: number; sinceMs: number };
  /** The run wants to hear once of a look that is refused. */
  tellsRefusal?: boolean;
}

async function createOrAdopt(
  deps: Deps,
  what: string,
  requestHash: string,
  { create, arn }: { create: () => Promise<unknown>; arn: () => Promise<string | undefined> },
): Promise<void> {
  try {
    await create();
    return;
  } catch (error) {
    if (!isAlreadyThere(error)) throw toFailure(error, `creating ${what}`, patienceWith(error, deps));
  }
  await calling(`adopting ${what}`, deps, async () => {
    const ResourceArn = await arn();
    const { Tags = [] } = await deps.sageMaker.send(new ListTagsCommand({ ResourceArn }));
    if (tagIn(Tags, TAG.requestHash) !== requestHash) {
      throw fail('NameTaken', `creating ${what}: it exists and this run did not request it (${ResourceArn})`);
    }
  });
}

async function remove(deps: Deps, what: string, call: () => Promise<unknown>): Promise<void> {
  await calling(`removing ${what}`, deps, async () => {
    try {
      await call();
    } catch (error) {
      if (isNotFound(error)) return;
      if (isWrongState(error)) throw fail('Unavailable', `removing ${what}: it is in motion`, error as Error);
      throw error;
    }
  });
}

async function snapshotOf(deps: Deps, endpoint: string): Promise<EndpointSnapshot> {
  const state = await describeEndpoint(deps, endpoint);
  const { status, configName, failureReason, phase, changedAt } = state ?? { status: GONE };
  const key = [status, configName, phase].join('/');
  return { key, status, configName, failureReason, phase, changedAt, settled: status === GONE || isSettled(status) };
}

function isInMotionTooLong({ changedAt, status }: EndpointSnapshot, limit: AwaitEndpoint['limit']): boolean {
  if (limit === undefined || changedAt === undefined || status === GONE) return false;
  return Date.now() - Math.max(Date.parse(changedAt), limit.sinceMs) > limit.limitMs;
}
