/**
 * Tags of any resource, by ARN: AddTags, ListTags, DeleteTags, and what Create and Delete operations do with them.
 * @module
 */
import type { Context, Operations } from './context.js';
import { invalid } from './errors.js';
import { arnOf } from './context.js';
import type { Kind } from './store.js';

export interface Tag {
  Key: string;
  Value: string;
}

/** AWS's limit per resource. */
const MOST = 50;

export const tagsOf = (context: Context, arn: string): Tag[] =>
  context.store.get<{ Tags: Tag[] }>('tags', arn)?.Tags ?? [];

/** Adds tags to a resource; a key that is there already gets the new value. */
export function putTags(context: Context, arn: string, tags: Tag[] | undefined): void {
  if (!tags?.length) return;
  const merged = new Map(tagsOf(context, arn).map(({ Key, Value }) => [Key, Value]));
  for (const { Key, Value } of tags) merged.set(Key, Value);
  if (merged.size > MOST) {
    throw invalid(`The number of tags exceeds the limit: ${merged.size} on ${arn}, at most ${MOST}.`);
  }
  context.store.put('tags', arn, { Tags: [...merged].map(([Key, Value]) => ({ Key, Value })) });
}

/** Forgets the tags of a deleted resource. */
export const dropTags = (context: Context, arn: string): void => context.store.delete('tags', arn);

const KINDS: Kind[] = [
  'training-job',
  'processing-job',
  'hyper-parameter-tuning-job',
  'model',
  'endpoint-config',
  'endpoint',
  'model-package-group',
  'experiment',
  'experiment-trial',
];

function requireResource(context: Context, arn: string): void {
  const [type, name] = arn.split(':').slice(5).join(':').split('/');
  const kind = KINDS.find((known) => known === type);
  const found = kind && name && context.store.names(kind).some((stored) => arnOf(context, kind, stored) === arn);
  if (!found) throw invalid(`Could not find resource "${arn}".`);
}

export const tagOperations: Operations = {
  AddTags({ ResourceArn, Tags }: { ResourceArn: string; Tags: Tag[] }, context) {
    requireResource(context, ResourceArn);
    putTags(context, ResourceArn, Tags);
    return { Tags: tagsOf(context, ResourceArn) };
  },

  ListTags({ ResourceArn, MaxResults, NextToken }: ListTagsInput, context) {
    requireResource(context, ResourceArn);
    const tags = tagsOf(context, ResourceArn);
    const from = NextToken === undefined ? 0 : Number(NextToken);
    if (!Number.isInteger(from) || from < 0) throw invalid(`Invalid pagination token '${NextToken}'.`);
    const to = from + (MaxResults ?? MOST);
    return { Tags: tags.slice(from, to), NextToken: to < tags.length ? String(to) : undefined };
  },

  DeleteTags({ ResourceArn, TagKeys }: { ResourceArn: string; TagKeys: string[] }, context) {
    requireResource(context, ResourceArn);
    const Tags = tagsOf(context, ResourceArn).filter(({ Key }) => !TagKeys.includes(Key));
    context.store.put('tags', ResourceArn, { Tags });
    return {};
  },
};

interface ListTagsInput {
  ResourceArn: string;
  MaxResults?: number;
  NextToken?: string;
}
