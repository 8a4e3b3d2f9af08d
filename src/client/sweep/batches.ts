/**
 * Batch jobs of Amazon Bedrock in the account: whose they are by their tags, and their end.
 * @module
 */
import {
  GetModelInvocationJobCommand,
  ListModelInvocationJobsCommand,
  ListTagsForResourceCommand,
  StopModelInvocationJobCommand,
  type BedrockClient,
  type ModelInvocationJobStatus,
} from '@aws-sdk/client-bedrock';
import { asAwsError, inWords, isAlreadyThere, isNotFound, unlessGone } from '../../aws/errors.js';
import { ownerIn } from '../../aws/tags.js';
import { inTurn, isNamedSo, PREFIX, type Owned, type Resource } from './account.js';

export type Bedrock = Pick<BedrockClient, 'send'>;

/** Jobs that still cost something, or why they were not to be seen: not every account, region or policy has them. */
export interface Batches {
  jobs: Owned[];
  unseen?: string;
}

const UNDER_WAY = ['Submitted', 'Validating', 'Scheduled', 'InProgress', 'Stopping'] as const;

export async function batchesIn(bedrock: Bedrock): Promise<Batches> {
  try {
    const found = (await inTurn(UNDER_WAY, (status) => batchesThatAre(status, bedrock))).flat();
    const owned = await inTurn(found.filter(isNamedSo), async (one) => {
      const owner = ownerIn(await tagsOf(bedrock, one.arn));
      return owner ? [{ ...one, owner }] : [];
    });
    return { jobs: owned.flat() };
  } catch (error) {
    // A server that has no Bedrock, as the local one without a language model, has no jobs of it.
    if (asAwsError(error)?.name === 'UnknownOperationException') return { jobs: [] };
    const words = inWords(error, 'listing batch jobs of Amazon Bedrock');
    if (words === undefined) throw error;
    return { jobs: [], unseen: words.message };
  }
}

async function batchesThatAre(statusEquals: ModelInvocationJobStatus, bedrock: Bedrock): Promise<Resource[]> {
  const found: Resource[] = [];
  let nextToken: string | undefined;
  do {
    const page = await bedrock.send(
      new ListModelInvocationJobsCommand({ nameContains: PREFIX, statusEquals, maxResults: 100, nextToken }),
    );
    for (const { jobName, jobArn, status } of page.invocationJobSummaries ?? [])
      found.push({ kind: 'batchJob', name: jobName!, arn: jobArn!, status });
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

async function tagsOf(bedrock: Bedrock, resourceARN: string): Promise<{ Key: string; Value: string }[]> {
  const { tags = [] } = (await unlessGone(bedrock.send(new ListTagsForResourceCommand({ resourceARN })))) ?? {};
  return tags.map(({ key, value }) => ({ Key: key!, Value: value! }));
}

/** Ended by itself, or stopping already, is as good as done. @throws what AWS says of one that cannot be stopped yet */
export async function stopBatch(bedrock: Bedrock, jobIdentifier: string): Promise<void> {
  try {
    await bedrock.send(new StopModelInvocationJobCommand({ jobIdentifier }));
  } catch (error) {
    if (isNotFound(error)) return;
    if (!isAlreadyThere(error)) throw error;
    const now = await bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier }));
    if (UNDER_WAY.some((status) => status === now.status && status !== 'Stopping')) throw error;
  }
}
