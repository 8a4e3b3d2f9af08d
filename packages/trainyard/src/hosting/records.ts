/**
 * What the emulator remembers of models, endpoint configurations and endpoints. Times in epoch seconds, as on the wire.
 * @module
 */
import { arnOf, type Context } from '../context.js';
import { invalid, type AwsError } from '../errors.js';

export interface S3ModelSource {
  S3Uri: string;
  S3DataType: 'S3Prefix' | 'S3Object';
  CompressionType: 'None' | 'Gzip';
}

export interface Container {
  Image?: string;
  ModelDataUrl?: string;
  ModelDataSource?: { S3DataSource?: S3ModelSource };
  Environment?: Record<string, string>;
}

export interface ModelRecord {
  ModelName: string;
  ModelArn: string;
  PrimaryContainer?: Container;
  Containers?: Container[];
  ExecutionRoleArn?: string;
  EnableNetworkIsolation?: boolean;
  VpcConfig?: object;
  CreationTime: number;
}

export interface ProductionVariant {
  VariantName: string;
  ModelName?: string;
  InitialInstanceCount?: number;
  InstanceType?: string;
  InstancePools?: InstancePool[];
  InitialVariantWeight?: number;
  ModelDataDownloadTimeoutInSeconds?: number;
  ContainerStartupHealthCheckTimeoutInSeconds?: number;
  ServerlessConfig?: ServerlessConfig;
  InferenceAmiVersion?: string;
}

export interface InstancePool {
  InstanceType: string;
  /** From 1, which is tried first. */
  Priority: number;
  ModelNameOverride?: string;
}

export interface ServerlessConfig {
  MemorySizeInMB: number;
  MaxConcurrency: number;
  ProvisionedConcurrency?: number;
}

export interface EndpointConfigRecord {
  EndpointConfigName: string;
  EndpointConfigArn: string;
  ProductionVariants: ProductionVariant[];
  KmsKeyId?: string;
  DataCaptureConfig?: { EnableCapture?: boolean };
  CreationTime: number;
}

/** One variant of a fleet, with all that its instances need: it outlives its model and configuration records. */
export interface Variant {
  name: string;
  weight: number;
  instanceType?: string;
  /** The types of its pools, by priority. All instances are of the first: it is always to be had here. */
  pools?: string[];
  /** Instead of an instance type; served by one process. */
  serverless?: ServerlessConfig;
  image: string;
  /** Absent: the container starts with an empty model folder. */
  source?: S3ModelSource;
  environment: Record<string, string>;
  /** Of a model with EnableNetworkIsolation. */
  isolated?: boolean;
  /** For the model data to come in. */
  downloadMs: number;
  /** From the start of the process to its first green ping. */
  startupMs: number;
  /** Ids of its instances. */
  instances: string[];
}

export const typesOf = ({ instanceType, pools }: Variant): string[] =>
  pools ?? (instanceType === undefined ? [] : [instanceType]);

/** What an endpoint serves with, or is about to. */
export interface Fleet {
  configName: string;
  variants: Variant[];
  /** When it was asked for. */
  startTime: number;
}

export type EndpointStatus = 'Creating' | 'Updating' | 'RollingBack' | 'InService' | 'Failed' | 'Deleting';

/** One step of a guarded update: so much of the traffic goes to the new fleet, for so long. */
export interface Step {
  /** Range (0, 1]. */
  share: number;
  phase: 'ActivatingTraffic' | 'Baking';
  waitMs: number;
}

/** How a guarded update moves the traffic, and the alarms that end it. */
export interface Rollout {
  steps: Step[];
  alarms: string[];
}

export interface EndpointRecord {
  EndpointName: string;
  EndpointArn: string;
  EndpointStatus: EndpointStatus;
  /** Of the fleet that serves; while there is none, of the one asked for. */
  EndpointConfigName: string;
  FailureReason?: string;
  LastDeploymentConfig?: object;
  CreationTime: number;
  LastModifiedTime: number;
  serving?: Fleet;
  pending?: Fleet;
  /** Of the update that is under way. Absent: all at once, unwatched. */
  rollout?: Rollout;
  /** The step that it has reached; `since` in milliseconds. */
  shift?: { step: number; since: number };
  /** Instances out of service that may still run. */
  retiring: string[];
}

const KINDS = {
  model: 'model',
  'endpoint-config': 'endpoint configuration',
  endpoint: 'endpoint',
} as const;

type HostingKind = keyof typeof KINDS;

/** @throws ValidationException in AWS's words when there is no such record */
export function found<T extends object>(context: Context, kind: HostingKind, name: string): T {
  const record = context.store.get<T>(kind, name);
  if (!record) throw missing(context, kind, name);
  return record;
}

export const missing = (context: Context, kind: HostingKind, name: string): AwsError =>
  invalid(`Could not find ${KINDS[kind]} "${arnOf(context, kind, name)}".`);

/** @throws ValidationException in AWS's words when the name is taken */
export function refuseDuplicate(context: Context, kind: HostingKind, name: string): void {
  if (context.store.get(kind, name)) {
    throw invalid(`Cannot create already existing ${KINDS[kind]} "${arnOf(context, kind, name)}".`);
  }
}

export const instancesOf = (fleet: Fleet | undefined): string[] =>
  fleet?.variants.flatMap(({ instances }) => instances) ?? [];
