/**
 * Models, endpoint configurations and endpoints of the fake SageMaker. An endpoint settles by the clock.
 * @module
 */
import type * as sdk from '@aws-sdk/client-sagemaker';
import { arnOf, refuse, type FakeAccount } from './fakeAccount.js';
import { modelArchive } from './modelArchive.js';

/** What an endpoint serves with, or is about to: it outlives its model and its configuration. */
interface Fleet {
  configName: string;
  modelDataUrl?: string;
  serverless: boolean;
  /** "A, B" of a variant with pools. */
  instanceType?: string;
  /** Instances; a serverless one has none. */
  count?: number;
}

interface FakeEndpoint {
  name: string;
  status: string;
  /** Of the fleet that serves; while there is none, of the one asked for. */
  configName: string;
  serving?: Fleet;
  pending?: Fleet;
  failureReason?: string;
  settlesAt: number;
  /** When its status last changed. */
  changedAt: Date;
}

export class FakeHosting {
  /** Every UpdateEndpoint that was taken. */
  readonly updates: sdk.UpdateEndpointCommandInput[] = [];
  /** Names of the endpoints that were created or updated. */
  readonly pointed: string[] = [];
  readonly models = new Map<string, sdk.CreateModelCommandInput>();
  readonly configs = new Map<string, sdk.CreateEndpointConfigCommandInput>();
  readonly endpoints = new Map<string, FakeEndpoint>();
  /** Reasons why the next fleets do not come up. */
  readonly failures: string[] = [];
  /** No new fleet comes up. */
  broken = false;
  neverSettles = false;
  settleMs = 20;

  /** @param scales  whether the endpoint is a target of autoscaling */
  constructor(
    private readonly account: FakeAccount,
    private readonly scales: (endpoint: string) => boolean,
  ) {}

  /** The archive of the model that answers. @throws as SageMaker where there is no such endpoint */
  servedBy(name: string): string {
    const { serving } = this.settled(name);
    return serving?.modelDataUrl ?? missing('endpoint', name);
  }

  configOf(name: string | undefined): sdk.CreateEndpointConfigCommandInput {
    return this.configs.get(name!) ?? missing('endpoint-config', name);
  }

  /** Puts an endpoint into service that a test's run finds there. */
  async serving(
    name: string,
    tags: sdk.Tag[],
    { serverless, instances }: { serverless: boolean; instances: number },
  ): Promise<string> {
    const configName = `${name}-old`;
    const ModelName = `${name}-old-model`;
    const modelDataUrl = `s3://elsewhere/${name}/model.tar.gz`;
    this.account.s3.put(modelDataUrl, await modelArchive());
    this.models.set(ModelName, { ModelName, PrimaryContainer: { ModelDataUrl: modelDataUrl } });
    const instanceType = serverless ? undefined : ('ml.c6i.xlarge' as const);
    const kind = serverless
      ? { ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 } }
      : { InstanceType: instanceType };
    this.configs.set(configName, {
      EndpointConfigName: configName,
      ProductionVariants: [{ VariantName: 'main', ModelName, ...kind }],
    });
    const serving = { configName, modelDataUrl, serverless, instanceType, count: serverless ? undefined : instances };
    this.endpoints.set(name, { name, status: 'InService', configName, serving, settlesAt: 0, changedAt: new Date() });
    this.account.add('model', ModelName);
    this.account.add('endpoint-config', configName, tags);
    this.account.add('endpoint', name, tags);
    return configName;
  }

  readonly operations: Record<string, (input: never) => object> = {
    CreateModel: (input: sdk.CreateModelCommandInput) => {
      requireNew(this.models, 'model', input.ModelName!);
      this.account.requireRole(input.ExecutionRoleArn);
      this.models.set(input.ModelName!, input);
      return { ModelArn: this.account.add('model', input.ModelName!, input.Tags) };
    },
    DescribeModel: ({ ModelName }: sdk.DescribeModelCommandInput) => {
      const { Tags: _, ...model } = this.models.get(ModelName!) ?? missing('model', ModelName);
      return { ...model, ModelArn: arnOf('model', ModelName) };
    },
    DeleteModel: ({ ModelName }: sdk.DeleteModelCommandInput) => {
      if (!this.models.delete(ModelName!)) missing('model', ModelName);
      this.account.remove('model', ModelName!);
      return {};
    },
    CreateEndpointConfig: (input: sdk.CreateEndpointConfigCommandInput) => {
      const name = input.EndpointConfigName!;
      requireNew(this.configs, 'endpoint-config', name);
      for (const { ModelName } of input.ProductionVariants!) {
        if (!this.models.has(ModelName!)) missing('model', ModelName);
      }
      this.configs.set(name, input);
      return { EndpointConfigArn: this.account.add('endpoint-config', name, input.Tags) };
    },
    DescribeEndpointConfig: ({ EndpointConfigName }: sdk.DescribeEndpointConfigCommandInput) => {
      const { Tags: _, ...config } = this.configOf(EndpointConfigName);
      return { ...config, EndpointConfigArn: arnOf('endpoint-config', EndpointConfigName) };
    },
    DeleteEndpointConfig: ({ EndpointConfigName }: sdk.DeleteEndpointConfigCommandInput) => {
      if (!this.configs.delete(EndpointConfigName!)) missing('endpoint-config', EndpointConfigName);
      this.account.remove('endpoint-config', EndpointConfigName!);
      return {};
    },
    CreateEndpoint: ({ EndpointName, EndpointConfigName, Tags }: sdk.CreateEndpointCommandInput) => {
      const name = EndpointName!;
      requireNew(this.endpoints, 'endpoint', name);
      const pending = this.fleetOf(EndpointConfigName);
      this.pointed.push(name);
      const { configName } = pending;
      const times = { settlesAt: this.due(), changedAt: new Date() };
      this.endpoints.set(name, { name, status: 'Creating', configName, pending, ...times });
      return { EndpointArn: this.account.add('endpoint', name, Tags) };
    },
    UpdateEndpoint: (input: sdk.UpdateEndpointCommandInput) => {
      const endpoint = this.settled(input.EndpointName);
      const { status, serving } = endpoint;
      const arn = arnOf('endpoint', input.EndpointName);
      if (status === 'Failed') refuse(`Cannot update endpoint "${arn}" in status Failed: it can only be deleted.`);
      if (status !== 'InService') inMotion(arn);
      const fleet = this.fleetOf(input.EndpointConfigName);
      if (fleet.serverless && !serving!.serverless) {
        refuse('Cannot update an endpoint with instances to a serverless configuration: create another endpoint.');
      }
      if (this.scales(endpoint.name) && fleet.instanceType !== serving!.instanceType) {
        refuse(`Cannot update endpoint "${arn}": variant main is a target of automatic scaling; deregister it first.`);
      }
      const count = input.RetainAllVariantProperties ? serving!.count : fleet.count;
      this.updates.push(input);
      this.pointed.push(endpoint.name);
      const pending = { ...fleet, count };
      Object.assign(endpoint, { status: 'Updating', pending, failureReason: undefined, settlesAt: this.due() });
      endpoint.changedAt = new Date();
      return { EndpointArn: arn };
    },
    DescribeEndpoint: ({ EndpointName }: sdk.DescribeEndpointCommandInput) => {
      const { name, status, configName, serving, pending, failureReason, changedAt } = this.settled(EndpointName);
      return {
        EndpointName: name,
        EndpointArn: arnOf('endpoint', name),
        EndpointStatus: status,
        EndpointConfigName: configName,
        FailureReason: failureReason,
        LastModifiedTime: changedAt,
        ProductionVariants: serving && [{ VariantName: 'main', CurrentInstanceCount: serving.count }],
        PendingDeploymentSummary: pending && {
          EndpointConfigName: pending.configName,
          ProductionVariants: [{ VariantName: 'main', VariantStatus: [{ Status: 'Creating' }] }],
        },
      };
    },
    DeleteEndpoint: ({ EndpointName }: sdk.DeleteEndpointCommandInput) => {
      const endpoint = this.settled(EndpointName);
      if (!['InService', 'Failed'].includes(endpoint.status)) inMotion(arnOf('endpoint', EndpointName));
      Object.assign(endpoint, { status: 'Deleting', settlesAt: this.due(), changedAt: new Date() });
      return {};
    },
  };

  private due(): number {
    return Date.now() + this.settleMs;
  }

  private fleetOf(configName: string | undefined): Fleet {
    const [variant] = this.configOf(configName).ProductionVariants!;
    const { ModelName, InitialInstanceCount: count, ServerlessConfig, InstanceType, InstancePools } = variant!;
    const instanceType = InstanceType ?? InstancePools?.map((pool) => pool.InstanceType).join(', ');
    const model = this.models.get(ModelName!) ?? missing('model', ModelName);
    const modelDataUrl = model.PrimaryContainer?.ModelDataUrl;
    return { configName: configName!, modelDataUrl, serverless: ServerlessConfig !== undefined, instanceType, count };
  }

  /** The endpoint as it is now: what was under way and is due has happened. */
  private settled(name: string | undefined): FakeEndpoint {
    const endpoint = this.endpoints.get(name!) ?? missing('endpoint', name);
    if (this.neverSettles || Date.now() < endpoint.settlesAt) return endpoint;
    if (endpoint.status === 'Deleting') {
      this.endpoints.delete(endpoint.name);
      this.account.remove('endpoint', endpoint.name);
      return missing('endpoint', name);
    }
    const { pending } = endpoint;
    if (!pending) return endpoint;
    endpoint.pending = undefined;
    endpoint.failureReason = this.problemOf(pending);
    if (endpoint.failureReason === undefined)
      Object.assign(endpoint, { serving: pending, configName: pending.configName });
    endpoint.status = endpoint.serving ? 'InService' : 'Failed';
    endpoint.changedAt = new Date();
    return endpoint;
  }

  /** Why a fleet does not come up. The one that a test found in service always does. */
  private problemOf({ configName, modelDataUrl }: Fleet): string | undefined {
    if (configName.endsWith('-old')) return undefined;
    if (this.broken) return 'The container did not pass the ping health check.';
    if (modelDataUrl === undefined || this.account.s3.has(modelDataUrl)) return this.failures.shift();
    return (
      `Failed to download model data for container "container_1" from URL: "${modelDataUrl}". Please ensure that there is an ` +
      'object located at the URL and that the role passed to CreateModel has permissions to download the object.'
    );
  }
}

const KINDS = { model: 'model', 'endpoint-config': 'endpoint configuration', endpoint: 'endpoint' };

function missing(type: keyof typeof KINDS, name: string | undefined): never {
  refuse(`Could not find ${KINDS[type]} "${arnOf(type, name)}".`);
}
function requireNew(known: Map<string, unknown>, type: keyof typeof KINDS, name: string): void {
  if (known.has(name)) refuse(`Cannot create already existing ${KINDS[type]} "${arnOf(type, name)}".`);
}
const inMotion = (arn: string): never => refuse(`Cannot update in-progress endpoint "${arn}".`);
