/**
 * Tags on every resource: whose it is, and which request made it.
 * @module
 */
import type { Tag } from '@aws-sdk/client-sagemaker';
import type { Run } from '../run/run.js';

export const TAG = {
  workflow: 'attune:workflow',
  run: 'attune:run',
  stage: 'attune:stage',
  requestHash: 'attune:request-hash',
  /** On the config of an endpoint that scales: which variant. */
  autoscaling: 'attune:autoscaling',
} as const;

export const tagsFor = ({ workflowId, run, spec }: Run, stage: string, requestHash: string): Tag[] => [
  { Key: TAG.workflow, Value: tagValue(workflowId) },
  { Key: TAG.run, Value: run },
  { Key: TAG.stage, Value: stage },
  { Key: TAG.requestHash, Value: requestHash },
  ...Object.entries(spec.tags).map(([Key, Value]) => ({ Key, Value })),
];

export const tagIn = (tags: readonly Tag[], key: string): string | undefined =>
  tags.find((tag) => tag.Key === key)?.Value;

/** The same on the object that opens a run's folder in S3, as its metadata: ASCII, and never more than 2 KB. */
const OWNER = 'attune-workflow';
export const ownerMetadata = (workflowId: string): Record<string, string> => ({
  [OWNER]: Buffer.from(tagValue(workflowId)).toString('base64url'),
});
export const ownerIn = (metadata: Record<string, string> = {}): string | undefined =>
  metadata[OWNER] && Buffer.from(metadata[OWNER], 'base64url').toString();

/** Workflow ids may be longer and hold more characters than a tag's value. */
const tagValue = (text: string): string => text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '_').slice(0, 256);
