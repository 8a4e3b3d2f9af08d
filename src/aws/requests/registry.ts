/**
 * The model package that a candidate becomes in SageMaker's model registry.
 * @module
 */
import type { CreateModelPackageCommandInput } from '@aws-sdk/client-sagemaker';
import { filesOf } from '../../run/files.js';
import type { Lineage } from '../../run/lineage.js';
import type { Asked } from '../../run/origins.js';
import type { Run } from '../../run/run.js';
import { typesOf } from '../../spec/instances.js';
import type { Engine } from '../../spec/engine.js';
import { workersOf } from '../../spec/workers.js';
import { sha256 } from '../hash.js';
import { TAG, ownerTagsOf, tagValue } from '../tags.js';
import { containerOf } from './hosting.js';

/** AWS's limits, in characters. */
const LONGEST = { description: 1024, token: 36 };

export interface ModelToRegister {
  group: string;
  /** S3 URI and SHA-256 of model.tar.gz. */
  modelDataUrl: string;
  sha256: string;
  weightsBytes?: number;
  /** The gate's sentences. */
  reasons: readonly string[];
  lineage?: Lineage;
}

/**
 * Waits for approval: whoever deploys by the registry must not take a model that no person, or no verified endpoint, has
 * vouched for. Asked for twice, it is one version: the token says so.
 */
export function modelPackageRequest(
  run: Run,
  model: ModelToRegister,
  engine: Engine = 'float32',
): CreateModelPackageCommandInput {
  const { group, modelDataUrl, weightsBytes, reasons, lineage } = model;
  const { deploy } = run.spec;
  const workers = deploy === false ? { workers: 1 } : workersOf(deploy, weightsBytes);
  const realtime = deploy !== false && !deploy.serverless;
  return {
    ModelPackageGroupName: group,
    ModelPackageDescription: `${run.spec.name}: ${reasons.join('; ')}`.slice(0, LONGEST.description),
    ModelApprovalStatus: 'PendingManualApproval',
    ClientToken: sha256([run.workflowId, run.runId ?? run.run, group, model.sha256].join('\n')).slice(0, LONGEST.token),
    InferenceSpecification: {
      Containers: [containerOf(run, modelDataUrl, workers, engine)],
      SupportedContentTypes: ['application/json'],
      SupportedResponseMIMETypes: ['application/json'],
      SupportedRealtimeInferenceInstanceTypes: realtime ? (typesOf(deploy.instanceType) as never) : undefined,
    },
    ModelMetrics: { ModelQuality: { Statistics: { ContentType: 'application/json', S3Uri: filesOf(run).report } } },
    CustomerMetadataProperties: metadataOf(run, lineage),
  };
}

/** A version has no tags of its own; what it may hold is what a tag may. */
function metadataOf(run: Run, { base, trainingJob, dataHash, metrics }: Partial<Lineage> = {}): Record<string, string> {
  const owner = ownerTagsOf(run).map(({ Key, Value }): [string, string | undefined] => [Key!, Value]);
  const known: [string, string | undefined][] = [
    ...owner,
    ['attune:base', base],
    ['attune:training-job', trainingJob],
    ['attune:data', dataHash],
    ['attune:metric', metrics?.metric],
    ['attune:against', metrics?.against],
    ['attune:gain', metrics?.gain?.difference.toFixed(4)],
    ['attune:questions', metrics?.asked && countsIn(metrics.asked)],
  ];
  return Object.fromEntries(known.flatMap(([key, value]) => (value ? [[key, tagValue(value)] as const] : [])));
}

/** "113 people + 300 headings": a value takes no commas. */
const countsIn = ({ origins }: Asked): string =>
  Object.entries(origins)
    .map(([origin, count]) => `${count} ${origin}`)
    .join(' + ');

export const modelPackageGroupRequest = (run: Run, group: string) => ({
  ModelPackageGroupName: group,
  ModelPackageGroupDescription: `Models that attune fitted for ${run.spec.name}`,
  Tags: ownerTagsOf(run).filter(({ Key }) => Key === TAG.name || Key === TAG.bucket),
});
