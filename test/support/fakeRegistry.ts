/**
 * The model registry and the experiments of the fake SageMaker: those of the local one, called without a wire.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExperimentConfig } from '@aws-sdk/client-sagemaker';
import { AwsError } from 'trainyard/request-check';
import type { Context } from '../../packages/trainyard/src/context.js';
import { experimentOperations, requireExperiment } from '../../packages/trainyard/src/experiments.js';
import { registryOperations } from '../../packages/trainyard/src/registry.js';
import { Store } from '../../packages/trainyard/src/store.js';
import { awsError } from './awsError.js';

const folders: string[] = [];
process.once('exit', () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

export interface Version {
  ModelPackageArn: string;
  ModelApprovalStatus: string;
  ApprovalDescription?: string;
  ModelPackageDescription: string;
  ModelPackageGroupName: string;
  CustomerMetadataProperties: Record<string, string>;
}

export class FakeRegistry {
  private readonly folder = mkdtempSync(join(tmpdir(), 'attune-registry-'));
  private readonly store = new Store(this.folder);
  private readonly context = {
    settings: { region: 'us-east-1', accountId: '000000000000' },
    store: this.store,
    now: () => Date.now(),
    emit: () => undefined,
  } as unknown as Context;

  constructor() {
    folders.push(this.folder);
  }

  versions(): Version[] {
    return this.store.list<Version>('model-package');
  }

  records(): { experiments: { ExperimentName: string }[]; trials: { TrialName: string }[] } {
    return { experiments: this.store.list('experiment'), trials: this.store.list('experiment-trial') };
  }

  requireExperiment(config: ExperimentConfig | undefined): void {
    asTheSdkTells(() => requireExperiment(this.context, config));
  }

  readonly operations: Record<string, (input: never) => object> = Object.fromEntries(
    Object.entries({ ...registryOperations, ...experimentOperations }).map(([name, operation]) => [
      name,
      (input: never) => {
        return asTheSdkTells(() => operation(input, this.context) ?? {});
      },
    ]),
  );
}

function asTheSdkTells<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw error instanceof AwsError ? awsError(error.code, error.message, error.status) : error;
  }
}
