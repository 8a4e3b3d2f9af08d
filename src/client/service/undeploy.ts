/**
 * Takes an endpoint away, with what it serves: of attune's making alone, and only while no run changes it. It is looked at once to
 * say what would go, and once more right before it goes.
 * @module
 */
import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import {
  DescribeEndpointCommand,
  DescribeModelCommand,
  type DescribeEndpointOutput,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { setTimeout as sleep } from 'node:timers/promises';
import { unlessGone } from '../../aws/errors.js';
import { ownerIn, tagIn, TAG } from '../../aws/tags.js';
import { isSettled } from '../../run/endpoint.js';
import { AttuneError } from '../../spec/attuneError.js';
import { fromAws } from '../aws.js';
import { describeConfig, modelsInUse, tagsOf } from '../sweep/account.js';
import { mayDeploy } from '../sweep/owner.js';
import { REMOVE, unscale } from '../sweep/remove.js';
import type { WhatTemporalKnows } from '../sweep/temporal.js';

export interface ServiceAccount {
  temporal: WhatTemporalKnows;
  sageMaker: SageMakerClient;
  autoScaling: Pick<ApplicationAutoScalingClient, 'send'>;
}

export interface Undeployed {
  endpoint: string;
  /** Workflow id of the run that made it, as its tag has it. */
  madeBy: string;
  /** What goes, or has gone: the endpoint, then its config, then its models. */
  removes: { kind: 'endpoint' | 'endpointConfig' | 'model'; name: string }[];
  /** What stays of what it serves with, and why. */
  keeps: { kind: 'endpointConfig' | 'model'; name: string; why: string }[];
  /** Whether it was done: false of a look alone. */
  done: boolean;
}

/**
 * What would go. Nothing is changed.
 *
 * @throws AttuneError NotFound, NameTaken where attune did not make it or another namespace did, InvalidRequest while it moves, or goes with an index
 */
export const undeployable = (account: ServiceAccount, endpoint: string): Promise<Undeployed> =>
  inWords(`looking at endpoint ${endpoint}`, () => lookedAt(account, endpoint));

/** How often it is asked whether the endpoint has gone. */
const LOOK_MS = 2_000;

/**
 * @param lookMs  between two looks whether it has gone. Default 2,000
 * @throws AttuneError as `undeployable`
 */
export const undeploy = (account: ServiceAccount, endpoint: string, lookMs = LOOK_MS): Promise<Undeployed> =>
  inWords(`removing endpoint ${endpoint}`, async () => {
    const { sageMaker, autoScaling } = account;
    const found = await lookedAt(account, endpoint);
    await unscale(autoScaling, endpoint);
    await REMOVE.endpoint(sageMaker, endpoint);
    // A config may not go while its endpoint still serves by it.
    while (await unlessGone(sageMaker.send(new DescribeEndpointCommand({ EndpointName: endpoint }))))
      await sleep(lookMs);
    for (const { kind, name } of found.removes) if (kind !== 'endpoint') await REMOVE[kind](sageMaker, name);
    return { ...found, done: true };
  });

async function lookedAt({ temporal, sageMaker }: ServiceAccount, endpoint: string): Promise<Undeployed> {
  const found = await unlessGone(sageMaker.send(new DescribeEndpointCommand({ EndpointName: endpoint })));
  if (!found)
    throw new AttuneError(
      'NotFound',
      `there is no endpoint ${endpoint}`,
      '`attune list --serving` shows those there are',
    );
  const tags = await tagsOf(sageMaker, found.EndpointArn!);
  const owner = ownerIn(tags);
  if (!owner)
    throw new AttuneError(
      'NameTaken',
      `endpoint ${endpoint} was not made by attune, so it is left alone`,
      'delete it where it was made',
    );
  if (owner.namespace !== undefined && owner.namespace !== temporal.namespace)
    throw new AttuneError(
      'NameTaken',
      `endpoint ${endpoint} belongs to the Temporal namespace ${owner.namespace}, not to ${temporal.namespace}`,
      'ask there: its runs may be about to change it',
    );
  const index = tagIn(tags, TAG.index);
  if (index !== undefined)
    throw new AttuneError(
      'InvalidRequest',
      `endpoint ${endpoint} goes with a version of the index ${index}: whoever searches it asks this endpoint`,
      'see which pair serves: attune index status RUN; a pair that serves no longer is removed when its time is over',
    );
  await assertStill(temporal, found);

  const config = await describeConfig(sageMaker, found.EndpointConfigName!);
  const result: Undeployed = {
    endpoint,
    madeBy: owner.workflowId,
    removes: [{ kind: 'endpoint', name: endpoint }],
    keeps: [],
    done: false,
  };
  if (config === undefined) return result;
  const name = config.EndpointConfigName!;
  const isOwn = async (arn: string | undefined): Promise<boolean> =>
    arn !== undefined && tagIn(await tagsOf(sageMaker, arn), TAG.workflow) !== undefined;
  if (!(await isOwn(config.EndpointConfigArn)))
    return { ...result, keeps: [{ kind: 'endpointConfig', name, why: 'attune did not make it' }] };
  result.removes.push({ kind: 'endpointConfig', name });
  const elsewhere = await modelsInUse(sageMaker, { leaving: new Set([name]), used: new Set() });
  for (const { ModelName: model } of config.ProductionVariants ?? []) {
    const described = await unlessGone(sageMaker.send(new DescribeModelCommand({ ModelName: model })));
    if (!described) continue;
    const why = elsewhere.has(model!)
      ? 'another endpoint config names it'
      : (await isOwn(described.ModelArn))
        ? undefined
        : 'attune did not make it';
    if (why === undefined) result.removes.push({ kind: 'model', name: model! });
    else result.keeps.push({ kind: 'model', name: model!, why });
  }
  return result;
}

/** @throws AttuneError InvalidRequest while something changes it; NoServer where Temporal does not tell */
async function assertStill(
  temporal: WhatTemporalKnows,
  { EndpointName: endpoint = '', EndpointArn: arn = '', EndpointStatus: status = 'Creating' }: DescribeEndpointOutput,
): Promise<void> {
  const changing = await mayDeploy(temporal, endpoint, arn);
  if (changing === 'unanswered')
    throw new AttuneError('NoServer', `Temporal did not tell whether a run changes endpoint ${endpoint} right now`);
  if (changing === 'yes')
    throw new AttuneError(
      'InvalidRequest',
      `a run changes endpoint ${endpoint} right now`,
      'wait for it, or cancel it: attune list --running',
    );
  if (!isSettled(status))
    throw new AttuneError('InvalidRequest', `endpoint ${endpoint} is ${status}`, 'try again once it has settled');
}

async function inWords<T>(doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw fromAws(error, doing);
  }
}
