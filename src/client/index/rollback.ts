/**
 * Back to the pair that served before: the pointer moves in one transaction, and nothing is embedded.
 * @module
 */
import { DescribeEndpointCommand, type SageMakerClient } from '@aws-sdk/client-sagemaker';
import { unlessGone } from '../../aws/errors.js';
import { AttuneError } from '../../spec/attuneError.js';
import type { VectorStore, Version } from '../../vectorStore/store.js';
import { fromAws } from '../aws.js';

export interface RolledBack {
  /** Name of the index. */
  index: string;
  /** The pair that serves now. */
  version: string;
  endpoint: string;
  /** What served until now, and how long it is kept: ISO 8601. */
  from?: { version: string; endpoint: string; keptUntil?: string };
}

export interface RollbackOptions {
  /** A version that is kept. Default: the one that served before. */
  to?: string;
}

interface RollsBack {
  store: VectorStore;
  sageMaker: Pick<SageMakerClient, 'send'>;
  index: string;
  /** How long what served until now is kept. */
  keepSeconds: number;
}

/** @throws AttuneError NotAvailable where there is nothing to go back to, or its endpoint does not serve any more */
export async function rollBackIndex(
  { store, sageMaker, index, keepSeconds }: RollsBack,
  { to }: RollbackOptions = {},
): Promise<RolledBack> {
  const [pointer, versions] = [await store.pointer(index), await store.versions(index)];
  if (pointer === undefined) throw new AttuneError('NotAvailable', `index ${index} has no version in service`);
  const wanted = to ?? pointer.previous;
  const target = versions.find(({ version }) => version === wanted);
  if (target === undefined) {
    const kept = versions.map(({ version }) => version).join(', ');
    const what = wanted === undefined ? 'no version served before' : `version ${wanted} is not kept`;
    throw new AttuneError(
      'NotAvailable',
      `index ${index}: ${what}; there are ${kept}`,
      'name one that is kept by --to',
    );
  }
  await requireServing(sageMaker, target);
  const now = await store.rollBack(index, keepSeconds, target.version);
  const left = (await store.versions(index)).find(({ version }) => version === pointer.version.version);
  return {
    index,
    version: now.version.version,
    endpoint: now.version.endpoint,
    from: left && { version: left.version, endpoint: left.endpoint, keptUntil: left.retireAt },
  };
}

async function requireServing(sageMaker: RollsBack['sageMaker'], { endpoint, version }: Version): Promise<void> {
  let status: string | undefined;
  try {
    const found = await unlessGone(sageMaker.send(new DescribeEndpointCommand({ EndpointName: endpoint })));
    status = found?.EndpointStatus;
  } catch (error) {
    throw fromAws(error, `looking at endpoint ${endpoint}`);
  }
  // While it is updated, its old instances answer.
  if (status === 'InService' || status === 'Updating') return;
  const message = `endpoint ${endpoint} of version ${version} is ${status ?? 'gone'}: nothing would answer`;
  throw new AttuneError('NotAvailable', message, 'submit the spec again: a run makes a new pair');
}
