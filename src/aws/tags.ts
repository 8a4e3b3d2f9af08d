/**
 * Tags on every resource: whose it is, and which request made it.
 * @module
 */
import type { Tag } from '@aws-sdk/client-sagemaker';
import { locationOf } from './s3.js';
import { sha256 } from './hash.js';
import type { Run } from '../run/run.js';

export const TAG = {
  namespace: 'attune:namespace',
  workflow: 'attune:workflow',
  /** Only where the tag above could not take the workflow id as it is. */
  workflowDigest: 'attune:workflow-sha256',
  run: 'attune:run',
  runId: 'attune:run-id',
  name: 'attune:name',
  bucket: 'attune:bucket',
  stage: 'attune:stage',
  requestHash: 'attune:request-hash',
  /** On the config of an endpoint that scales: which variant; or, while its autoscaling is set aside for an update, what it is. */
  autoscaling: 'attune:autoscaling',
  /** On an endpoint that goes with a version of an index: the index's name. */
  index: 'attune:index',
  /** On an endpoint and its config: when the model that it serves was verified, ISO 8601. */
  deployed: 'attune:deployed',
} as const;

/** The run that a resource was made for, as its tags have it. */
export interface OwnerTags {
  /** As far as a tag takes it: at most 256 characters, and not all of them. */
  workflowId: string;
  /** SHA-256 of the workflow id, where the tag does not hold it as it is. */
  workflowDigest?: string;
  /** Last 8 hex digits of the first execution's run id. */
  run: string;
  /** The whole of it. Absent, as the namespace, on what versions before 0.1.0 made. */
  runId?: string;
  /** Temporal's namespace. */
  namespace?: string;
}

/** Which run, in which namespace, of which spec, in whose bucket. */
export const ownerTagsOf = (run: Omit<Run, 'spec'> & { spec: { name: string } }, takes = tagValue): Tag[] => [
  ...tagsOfOwner(ownerOf(run, takes)),
  { Key: TAG.name, Value: run.spec.name },
  { Key: TAG.bucket, Value: locationOf(run.folder).bucket },
];

/** @param takes  what becomes of a text in a tag of the service */
export const tagsFor = (run: Run, stage: string, requestHash: string, takes = tagValue): Tag[] => [
  ...ownerTagsOf(run, takes),
  { Key: TAG.stage, Value: stage },
  { Key: TAG.requestHash, Value: requestHash },
  ...Object.entries(run.spec.tags).map(([Key, Value]) => ({ Key, Value })),
];

export const tagIn = (tags: readonly Tag[], key: string): string | undefined =>
  tags.find((tag) => tag.Key === key)?.Value;

/** Undefined: not of attune's making. */
export function ownerIn(tags: readonly Tag[]): OwnerTags | undefined {
  const [workflowId, run] = [tagIn(tags, TAG.workflow), tagIn(tags, TAG.run)];
  if (workflowId === undefined || run === undefined) return undefined;
  const [workflowDigest, runId, namespace] = [TAG.workflowDigest, TAG.runId, TAG.namespace].map((key) =>
    tagIn(tags, key),
  );
  return { workflowId, workflowDigest, run, runId, namespace };
}

/** Whether both name one run. What an earlier version left out is no difference. */
export const isSameOwner = (a: OwnerTags, b: OwnerTags): boolean =>
  isSameWorkflow(a, b) &&
  a.run === b.run &&
  (['runId', 'namespace'] as const).every(
    (part) => a[part] === undefined || b[part] === undefined || a[part] === b[part],
  );

/** A service may take characters in a tag that another does not: then the one has the id, and the other its digest. */
function isSameWorkflow(a: OwnerTags, b: OwnerTags): boolean {
  const { workflowDigest: one = sha256(a.workflowId) } = a;
  const { workflowDigest: other = sha256(b.workflowId) } = b;
  const isOfBoth = a.workflowDigest !== undefined && b.workflowDigest !== undefined;
  return one === other || (!isOfBoth && a.workflowId === b.workflowId);
}

/** The same on the object that opens a run's folder in S3, as its metadata: ASCII, and never more than 2 KB. */
const METADATA = {
  workflowId: 'attune-workflow',
  workflowDigest: 'attune-workflow-sha256',
  runId: 'attune-run-id',
  namespace: 'attune-namespace',
} as const;

export function ownerMetadata(run: OwnedRun): Record<string, string> {
  const { workflowId, workflowDigest, runId, namespace } = ownerOf(run);
  return {
    [METADATA.workflowId]: Buffer.from(workflowId).toString('base64url'),
    ...(workflowDigest === undefined ? {} : { [METADATA.workflowDigest]: workflowDigest }),
    ...(runId === undefined ? {} : { [METADATA.runId]: runId }),
    ...(namespace === undefined ? {} : { [METADATA.namespace]: namespace }),
  };
}

/** @param run  the folder's own name. @returns undefined where the folder is not of attune's making */
export function ownerInMetadata(metadata: Record<string, string> = {}, run: string): OwnerTags | undefined {
  const workflow = metadata[METADATA.workflowId];
  if (!workflow) return undefined;
  return {
    workflowId: Buffer.from(workflow, 'base64url').toString(),
    workflowDigest: metadata[METADATA.workflowDigest],
    run,
    runId: metadata[METADATA.runId],
    namespace: metadata[METADATA.namespace],
  };
}

type OwnedRun = Pick<Run, 'workflowId' | 'run' | 'runId' | 'namespace'>;

function ownerOf({ workflowId, run, runId, namespace }: OwnedRun, takes = tagValue): OwnerTags {
  const value = takes(workflowId);
  return {
    workflowId: value,
    workflowDigest: value === workflowId ? undefined : sha256(workflowId),
    run,
    runId,
    namespace,
  };
}

function tagsOfOwner({ workflowId, workflowDigest, run, runId, namespace }: OwnerTags): Tag[] {
  const pairs: [key: string, value: string | undefined][] = [
    [TAG.namespace, namespace],
    [TAG.workflow, workflowId],
    [TAG.workflowDigest, workflowDigest],
    [TAG.run, run],
    [TAG.runId, runId],
  ];
  return pairs.flatMap(([Key, Value]) => (Value === undefined ? [] : [{ Key, Value }]));
}

/** Workflow ids may be longer and hold more characters than a tag's value. */
export const tagValue = (text: string): string => text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '_').slice(0, 256);
