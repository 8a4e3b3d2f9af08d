/**
 * The model registry of the fake SageMaker: that of the local one, called without a wire.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsError } from 'trainyard/request-check';
import type { Context } from '../../packages/trainyard/src/context.js';
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

  readonly operations: Record<string, (input: never) => object> = Object.fromEntries(
    Object.entries(registryOperations).map(([name, operation]) => [
      name,
      (input: never) => {
        try {
          return operation(input, this.context) ?? {};
        } catch (error) {
          throw error instanceof AwsError ? awsError(error.code, error.message, error.status) : error;
        }
      },
    ]),
  );
}
