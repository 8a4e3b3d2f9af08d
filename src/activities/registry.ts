/**
 * SageMaker's model registry: the candidate as a version of a model package group, and the approval that stands there.
 * @module
 */
import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  DescribeModelPackageCommand,
  DescribeModelPackageGroupCommand,
  UpdateModelPackageCommand,
} from '@aws-sdk/client-sagemaker';
import { unlessGone } from '../aws/errors.js';
import { modelPackageGroupRequest, modelPackageRequest, type ModelToRegister } from '../aws/requests/registry.js';
import type { Decision } from '../run/progress.js';
import type { Run } from '../run/run.js';
import { calling, looking } from './call.js';
import type { Deps } from './deps.js';
import { jittered, stillRunning } from './jobs.js';
import { makeIfAbsent } from './makeIfAbsent.js';
import { servedEngine } from './servedEngine.js';

/** AWS's limit on ApprovalDescription. */
const LONGEST_DESCRIPTION = 1024;

export interface RegisterModel {
  run: Run;
  model: ModelToRegister;
}

export interface AwaitRegistryDecision {
  modelPackage: string;
  /** Milliseconds between two looks. */
  pollMs: number;
}

export interface DecideInRegistry {
  modelPackage: string;
  verdict: Decision['verdict'];
  /** By whom and why. */
  words: string;
}

/** As the registry has it; `gone`: somebody deleted the version. */
export type RegistryDecision = Omit<Decision, 'at'> | { gone: true };

export const createRegistryActivities = (deps: Deps) => ({
  /** Makes the group where there is none. Repeated, it finds the version that it made. */
  async registerModel({ run, model }: RegisterModel): Promise<{ modelPackage: string }> {
    const { sageMaker } = deps;
    const { group } = model;
    const engine = await servedEngine(deps, run);
    return calling(`registering a version of model package group ${group}`, deps, async () => {
      await makeIfAbsent(
        () => sageMaker.send(new DescribeModelPackageGroupCommand({ ModelPackageGroupName: group })),
        () => sageMaker.send(new CreateModelPackageGroupCommand(modelPackageGroupRequest(run, group))),
      );
      const { ModelPackageArn } = await sageMaker.send(
        new CreateModelPackageCommand(modelPackageRequest(run, model, engine)),
      );
      return { modelPackage: ModelPackageArn! };
    });
  },

  /** One look. Returns once somebody has decided there; otherwise fails so that the server asks again. */
  async awaitRegistryDecision({ modelPackage, pollMs }: AwaitRegistryDecision): Promise<RegistryDecision> {
    const againMs = jittered(pollMs);
    const look = () =>
      unlessGone(deps.sageMaker.send(new DescribeModelPackageCommand({ ModelPackageName: modelPackage })));
    const found = await looking(`looking at ${modelPackage}`, deps, look, againMs);
    if (found === undefined) return { gone: true };
    const { ModelApprovalStatus: status } = found;
    if (status !== 'Approved' && status !== 'Rejected')
      throw stillRunning(`nobody has decided on ${modelPackage}`, againMs);
    const { UserProfileName, IamIdentity } = found.LastModifiedBy ?? {};
    return {
      verdict: status === 'Approved' ? 'approved' : 'rejected',
      by: UserProfileName ?? 'the model registry',
      reason: found.ApprovalDescription,
      identity: IamIdentity?.Arn,
    };
  },

  /** Repeated, it writes the same again. A version that is gone has nobody to tell. */
  async decideInRegistry({ modelPackage, verdict, words }: DecideInRegistry): Promise<void> {
    await calling(`writing the decision to ${modelPackage}`, deps, async () => {
      const status = verdict === 'approved' ? 'Approved' : 'Rejected';
      const update = {
        ModelPackageArn: modelPackage,
        ModelApprovalStatus: status,
        ApprovalDescription: words.slice(0, LONGEST_DESCRIPTION),
      } as const;
      await unlessGone(deps.sageMaker.send(new UpdateModelPackageCommand(update)));
    });
  },
});
