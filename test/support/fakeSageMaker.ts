/**
 * SageMaker as far as attune uses it: a small program with a vocabulary. Jobs and endpoints end by the clock, and leave in the
 * fake S3 what the real scripts would.
 * @module
 */
import type * as sdk from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { awsError } from './awsError.js';
import { refuseAsAwsDoes } from './awsRefusals.js';
import { FakeAutoScaling } from './fakeAutoScaling.js';
import type { Ending, FakeJob } from './fakeJob.js';
import { FakeS3 } from './fakeS3.js';
import { FakeTunings } from './fakeTunings.js';
import { modelArchive } from './modelArchive.js';

const ARN = 'arn:aws:sagemaker:us-east-1:000000000000';
const DIMENSIONS = 4;

interface FakeEndpoint {
  name: string;
  status: string;
  configName: string;
  pending?: string;
  failureReason?: string;
  settlesAt: number;
  /** Running, where it is not the config's count. */
  instances?: number;
}

/** Gains of the candidate with the ends of their intervals, and how many questions they rest on. */
export interface FakeEvaluation {
  questions?: number;
  overBase?: [low: number, mean: number, high: number];
  overIncumbent?: [low: number, mean: number, high: number];
  /** On every guard set of the spec, over the incumbent or, where none serves, the base; each scores 0.7. */
  onGuards?: [low: number, mean: number, high: number];
}

export class FakeSageMaker {
  readonly s3 = new FakeS3();
  readonly autoScaling = new FakeAutoScaling();
  /** Every UpdateEndpoint that was taken. */
  readonly updates: sdk.UpdateEndpointCommandInput[] = [];
  readonly calls: { operation: string; at: number }[] = [];
  /** Names of the endpoints that were created or updated. */
  readonly pointed: string[] = [];
  private readonly jobsByName = new Map<string, FakeJob>();
  private readonly models = new Map<string, sdk.CreateModelCommandInput>();
  private readonly configs = new Map<string, sdk.CreateEndpointConfigCommandInput>();
  private readonly endpointsByName = new Map<string, FakeEndpoint>();
  private readonly tags = new Map<string, sdk.Tag[]>();
  private readonly tunings = new FakeTunings({
    startTrial: (name, request) => this.startTrial(name, request),
    settle: (job) => this.settle(job),
    stopJob: (job) => this.stopJob(job),
    conclude: (job, ending) => this.conclude(job, ending),
    arranged: () => this.endings.get('tune')?.shift(),
  });
  private readonly endless = new Set<string>();
  private readonly endings = new Map<string, Ending[]>();
  private readonly faults: {
    operation: string;
    error: Error;
    afterEffect: boolean;
    left: number;
    where: (input: object) => boolean;
  }[] = [];
  private selected?: string;
  private training = { seconds: 60, billable: 60 };
  private evaluation: FakeEvaluation = {};
  private badConfigs = false;
  private readonly endpointFailures: string[] = [];
  private endpointsNeverSettle = false;
  private drift = 0;
  private held?: { operation: string; reached: () => void; released: Promise<void> };
  jobMs = 20;
  endpointMs = 20;
  stopMs = 20;

  /* What a test arranges. */
  withJobsThatNeverEnd(...stages: string[]): this {
    stages.forEach((stage) => this.endless.add(stage));
    return this;
  }
  /** The next jobs of a stage end so, one after the other; later ones complete. */
  withEndings(stage: string, ...endings: Ending[]): this {
    this.endings.set(stage, endings);
    return this;
  }
  /** Of the trials of a tuning job, in the order of their launch. */
  withTrialMetrics(...metrics: (number | undefined)[]): this {
    this.tunings.metrics = metrics;
    return this;
  }
  withEvaluation(evaluation: FakeEvaluation): this {
    this.evaluation = evaluation;
    return this;
  }
  /** New containers do not come up: an update goes back to the old config, a creation fails. */
  withContainersThatDoNotStart(): this {
    this.badConfigs = true;
    return this;
  }
  /** The next configs do not come into service, for these reasons; later ones do. */
  withEndpointFailures(...reasons: string[]): this {
    this.endpointFailures.push(...reasons);
    return this;
  }
  withEndpointsThatNeverSettle(): this {
    this.endpointsNeverSettle = true;
    return this;
  }
  /** The live endpoint's vectors are turned away from the evaluated ones. */
  withDrift(drift: number): this {
    this.drift = drift;
    return this;
  }
  /** The next calls of an operation fail so; `afterEffect`: the call does its work and its answer is lost. */
  withFault(
    operation: string,
    error: Error,
    { afterEffect = false, times = 1, where = (_input: object): boolean => true } = {},
  ): this {
    this.faults.push({ operation, error, afterEffect, left: times, where });
    return this;
  }
  /** Of a list of preferences, SageMaker takes this type. Without it, the first. */
  withSelected(instanceType: string): this {
    this.selected = instanceType;
    return this;
  }
  /** How long each training takes, and what of it is billed. Without it, a minute. */
  withTrainingSeconds(seconds: number, billable = 60): this {
    this.training = { seconds, billable };
    return this;
  }
  /** Keeps the next call of an operation from being answered: `reached` tells that it came, `release` lets it go on. */
  hold(operation: string): { reached: Promise<void>; release: () => void } {
    let reached = (): void => undefined;
    let release = (): void => undefined;
    const arrival = new Promise<void>((resolve) => (reached = resolve));
    this.held = { operation, reached, released: new Promise<void>((resolve) => (release = resolve)) };
    return { reached: arrival, release };
  }
  /** New jobs of a stage end again; those that run wait for `end`. */
  letJobsEnd(stage: string): void {
    this.endless.delete(stage);
  }
  letEndpointsSettle(): void {
    this.endpointsNeverSettle = false;
  }
  end(name: string, ending: Ending = { status: 'Completed' }): Promise<void> {
    return this.conclude(this.job(name), ending);
  }

  /* What a test looks at. */
  jobs(): FakeJob[] {
    return [...this.jobsByName.values()];
  }
  /** The newest job of a stage that a run has asked for. */
  newestOf(stage: string, workflowId: string): FakeJob | undefined {
    const isIts = ({ Key, Value }: sdk.Tag): boolean => Key === 'attune:workflow' && Value === workflowId;
    return this.jobs().findLast(
      (job) => job.stage === stage && (job.request as { Tags?: sdk.Tag[] }).Tags?.some(isIts),
    );
  }
  jobOf(stage: string): FakeJob | undefined {
    return this.jobs().find((job) => job.stage === stage);
  }
  endpoints(): { name: string; status: string; configName: string }[] {
    return [...this.endpointsByName.values()].map(({ name, status, configName }) => ({ name, status, configName }));
  }
  modelNames(): string[] {
    return [...this.models.keys()];
  }
  configNames(): string[] {
    return [...this.configs.keys()];
  }
  configOf(name: string): sdk.CreateEndpointConfigCommandInput {
    return this.configs.get(name) ?? missing('endpoint configuration', name);
  }
  tagsOf(arn: string): Record<string, string> {
    return Object.fromEntries((this.tags.get(arn) ?? []).map(({ Key, Value }) => [Key!, Value!]));
  }
  /** Puts an endpoint into service that a test's run finds there; attune's unless `foreign`. */
  async serving(
    name: string,
    { foreign = false, serverless = false, autoscaled = false, instances = 1 } = {},
  ): Promise<string> {
    const config = `${name}-old`;
    const tags = [
      ...(foreign ? [] : [{ Key: 'attune:workflow', Value: 'earlier' }]),
      ...(autoscaled ? [{ Key: 'attune:autoscaling', Value: 'main' }] : []),
    ];
    this.s3.put(`s3://elsewhere/${name}/model.tar.gz`, await modelArchive());
    const model = {
      ModelName: `${name}-old-model`,
      PrimaryContainer: { ModelDataUrl: `s3://elsewhere/${name}/model.tar.gz` },
    };
    this.models.set(model.ModelName, model);
    this.configs.set(config, {
      EndpointConfigName: config,
      ProductionVariants: [
        {
          VariantName: 'main',
          ModelName: model.ModelName,
          ...(serverless ? { ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 } } : {}),
        },
      ],
    });
    if (autoscaled) this.autoScaling.register(name);
    this.endpointsByName.set(name, { name, status: 'InService', configName: config, settlesAt: 0, instances });
    for (const arn of [`${ARN}:endpoint/${name}`, `${ARN}:endpoint-config/${config}`]) this.tags.set(arn, tags);
    return config;
  }

  /** Somebody deletes an endpoint. */
  remove(endpoint: string): void {
    this.endpointsByName.delete(endpoint);
  }

  /* The clients. */
  get clients() {
    return {
      sageMaker: { send: this.send },
      s3: this.s3,
      runtime: { send: this.invoke },
      logs: { send: this.readLog },
      autoScaling: this.autoScaling,
    } as never;
  }

  private send = async (command: { input: never }): Promise<object> => {
    const operation = command.constructor.name.replace(/Command$/, '');
    this.calls.push({ operation, at: Date.now() });
    const { held } = this;
    if (held?.operation === operation) {
      this.held = undefined;
      held.reached();
      await held.released;
    }
    const handler = this.operations[operation];
    if (!handler) throw new Error(`the fake SageMaker does not know ${operation}`);
    refuseAsAwsDoes('sagemaker', Object.keys(this.operations), operation, command.input);
    const fault = this.faults.find(
      (candidate) => candidate.operation === operation && candidate.left > 0 && candidate.where(command.input),
    );
    if (fault) fault.left -= 1;
    if (fault && !fault.afterEffect) throw fault.error;
    const answer = await handler(command.input);
    if (fault) throw fault.error;
    return answer;
  };

  private readonly operations: Record<string, (input: never) => object | Promise<object>> = {
    CreateTrainingJob: (input: sdk.CreateTrainingJobCommandInput) => ({
      TrainingJobArn: this.createJob('training', input.TrainingJobName!, input),
    }),
    CreateProcessingJob: (input: sdk.CreateProcessingJobCommandInput) => ({
      ProcessingJobArn: this.createJob('processing', input.ProcessingJobName!, input),
    }),
    DescribeTrainingJob: async ({ TrainingJobName }: sdk.DescribeTrainingJobCommandInput) => {
      const job = await this.looked(TrainingJobName!);
      return {
        TrainingJobName: job.name,
        TrainingJobArn: `${ARN}:training-job/${job.name}`,
        TrainingJobStatus: job.status,
        SecondaryStatus: job.secondaryStatus,
        FailureReason: job.failureReason,
        ResourceConfig: this.settled((job.request as sdk.CreateTrainingJobCommandInput).ResourceConfig!),
        CreationTime: job.createdAt,
        TrainingStartTime: job.createdAt,
        TrainingEndTime: job.endedAt,
        TrainingTimeInSeconds: job.endedAt && this.training.seconds,
        BillableTimeInSeconds: job.endedAt && this.training.billable,
        ModelArtifacts: job.status === 'Completed' ? { S3ModelArtifacts: this.modelUri(job) } : undefined,
        FinalMetricDataList: [{ MetricName: 'train:loss', Value: 0.5 }],
      };
    },
    DescribeProcessingJob: async ({ ProcessingJobName }: sdk.DescribeProcessingJobCommandInput) => {
      const job = await this.looked(ProcessingJobName!);
      return {
        ProcessingJobName: job.name,
        ProcessingJobArn: `${ARN}:processing-job/${job.name}`,
        ProcessingJobStatus: job.status,
        FailureReason: job.failureReason,
        ProcessingResources: {
          ClusterConfig: this.settled(
            (job.request as sdk.CreateProcessingJobCommandInput).ProcessingResources!.ClusterConfig!,
          ),
        },
        CreationTime: job.createdAt,
        ProcessingStartTime: job.createdAt,
        ProcessingEndTime: job.endedAt,
      };
    },
    CreateHyperParameterTuningJob: (input: sdk.CreateHyperParameterTuningJobCommandInput) => ({
      HyperParameterTuningJobArn: this.createJob('tuning', input.HyperParameterTuningJobName!, input),
    }),
    DescribeHyperParameterTuningJob: async (input: sdk.DescribeHyperParameterTuningJobCommandInput) => {
      const job = this.job(input.HyperParameterTuningJobName!);
      job.describes += 1;
      await this.tunings.advance(job);
      return this.tunings.describe(job, `${ARN}:tuning-job/${job.name}`);
    },
    ListTrainingJobsForHyperParameterTuningJob: (input: sdk.ListTrainingJobsForHyperParameterTuningJobCommandInput) =>
      this.tunings.list(this.job(input.HyperParameterTuningJobName!), input.NextToken),
    StopHyperParameterTuningJob: (input: sdk.StopHyperParameterTuningJobCommandInput) =>
      this.stop(input.HyperParameterTuningJobName!),
    StopTrainingJob: ({ TrainingJobName }: sdk.StopTrainingJobCommandInput) => this.stop(TrainingJobName!),
    StopProcessingJob: ({ ProcessingJobName }: sdk.StopProcessingJobCommandInput) => this.stop(ProcessingJobName!),
    ListTags: ({ ResourceArn }: sdk.ListTagsCommandInput) => ({ Tags: this.tags.get(ResourceArn!) ?? [] }),

    CreateModel: (input: sdk.CreateModelCommandInput) => {
      if (this.models.has(input.ModelName!)) throw exists('model', input.ModelName!);
      this.models.set(input.ModelName!, input);
      return { ModelArn: this.tagged(`model/${input.ModelName}`, input.Tags) };
    },
    DescribeModel: ({ ModelName }: sdk.DescribeModelCommandInput) => {
      const model = this.models.get(ModelName!) ?? missing('model', ModelName);
      return { ...model, ModelArn: `${ARN}:model/${ModelName}` };
    },
    DeleteModel: ({ ModelName }: sdk.DeleteModelCommandInput) => {
      if (!this.models.delete(ModelName!)) missing('model', ModelName);
      return {};
    },
    CreateEndpointConfig: (input: sdk.CreateEndpointConfigCommandInput) => {
      const name = input.EndpointConfigName!;
      if (this.configs.has(name)) throw exists('endpoint configuration', name);
      this.configs.set(name, input);
      return { EndpointConfigArn: this.tagged(`endpoint-config/${name}`, input.Tags) };
    },
    DescribeEndpointConfig: ({ EndpointConfigName }: sdk.DescribeEndpointConfigCommandInput) => {
      const config = this.configs.get(EndpointConfigName!) ?? missing('endpoint configuration', EndpointConfigName);
      return { ...config, EndpointConfigArn: `${ARN}:endpoint-config/${EndpointConfigName}` };
    },
    DeleteEndpointConfig: ({ EndpointConfigName }: sdk.DeleteEndpointConfigCommandInput) => {
      if (!this.configs.delete(EndpointConfigName!)) missing('endpoint configuration', EndpointConfigName);
      return {};
    },
    CreateEndpoint: ({ EndpointName, EndpointConfigName, Tags }: sdk.CreateEndpointCommandInput) => {
      const name = EndpointName!;
      if (this.endpointsByName.has(name)) throw exists('endpoint', name);
      if (!this.configs.has(EndpointConfigName!)) missing('endpoint configuration', EndpointConfigName);
      const settlesAt = Date.now() + this.endpointMs;
      this.pointed.push(name);
      this.endpointsByName.set(name, { name, status: 'Creating', configName: EndpointConfigName!, settlesAt });
      return { EndpointArn: this.tagged(`endpoint/${name}`, Tags) };
    },
    UpdateEndpoint: (input: sdk.UpdateEndpointCommandInput) => {
      const { EndpointName, EndpointConfigName } = input;
      const endpoint = this.settledEndpoint(EndpointName);
      if (['Creating', 'Updating', 'Deleting'].includes(endpoint.status)) throw inMotion();
      if (!this.configs.has(EndpointConfigName!)) missing('endpoint configuration', EndpointConfigName);
      this.updates.push(input);
      endpoint.status = 'Updating';
      this.pointed.push(endpoint.name);
      endpoint.pending = EndpointConfigName!;
      endpoint.settlesAt = Date.now() + this.endpointMs;
      return { EndpointArn: `${ARN}:endpoint/${EndpointName}` };
    },
    DescribeEndpoint: ({ EndpointName }: sdk.DescribeEndpointCommandInput) => {
      const endpoint = this.settledEndpoint(EndpointName);
      const { name, status, configName, pending, failureReason } = endpoint;
      const variant = this.configs.get(configName)?.ProductionVariants?.[0];
      return {
        EndpointName: name,
        EndpointArn: `${ARN}:endpoint/${name}`,
        EndpointStatus: status,
        EndpointConfigName: configName,
        FailureReason: failureReason,
        ProductionVariants: [
          { VariantName: 'main', CurrentInstanceCount: endpoint.instances ?? variant?.InitialInstanceCount },
        ],
        PendingDeploymentSummary: pending && { EndpointConfigName: pending },
      };
    },
    DeleteEndpoint: ({ EndpointName }: sdk.DeleteEndpointCommandInput) => {
      const endpoint = this.settledEndpoint(EndpointName);
      if (['Creating', 'Updating', 'Deleting'].includes(endpoint.status)) throw inMotion();
      endpoint.status = 'Deleting';
      endpoint.settlesAt = Date.now() + this.endpointMs;
      return {};
    },
  };

  private settled<T extends { InstancePreferences?: { InstanceType?: string }[] }>(cluster: T): T {
    const [first] = cluster.InstancePreferences ?? [];
    return first ? { ...cluster, SelectedInstanceType: this.selected ?? first.InstanceType } : cluster;
  }

  private invoke = async (command: { input: object }): Promise<object> => {
    if (!(command instanceof InvokeEndpointCommand)) throw new Error('the fake runtime knows InvokeEndpoint only');
    const { inputs } = JSON.parse(command.input.Body as string) as { inputs: string | string[] };
    const vectors = [inputs].flat().map((text) => vectorOf(text).map((x, i) => x + (i === 0 ? this.drift : 0)));
    return { Body: new TextEncoder().encode(JSON.stringify(vectors)) };
  };

  private readLog = async (command: { input: object }): Promise<object> => {
    const operation = command.constructor.name.replace(/Command$/, '');
    refuseAsAwsDoes('logs', ['DescribeLogStreams', 'GetLogEvents'], operation, command.input);
    return operation === 'DescribeLogStreams'
      ? { logStreams: [{ logStreamName: 'job/algo-1' }] }
      : { events: [{ message: 'the last line of the log' }] };
  };

  private createJob(kind: FakeJob['kind'], name: string, request: { Tags?: sdk.Tag[] }): string {
    if (this.jobsByName.has(name)) throw awsError('ResourceInUse', `job names must be unique: ${name}`);
    const stage = request.Tags?.find(({ Key }) => Key === 'attune:stage')?.Value ?? 'unknown';
    this.jobsByName.set(name, {
      name,
      kind,
      stage,
      request,
      status: 'InProgress',
      secondaryStatus: kind === 'training' ? 'Training' : undefined,
      createdAt: new Date(),
      endsAt: this.endless.has(stage) ? Infinity : Date.now() + this.jobMs,
      describes: 0,
    });
    return this.tagged(`${kind}-job/${name}`, request.Tags);
  }

  private job(name: string): FakeJob {
    return this.jobsByName.get(name) ?? missing('requested job', name);
  }

  private async looked(name: string): Promise<FakeJob> {
    const job = this.job(name);
    job.describes += 1;
    await this.settle(job);
    return job;
  }

  private async settle(job: FakeJob): Promise<void> {
    if (job.endedAt !== undefined || Date.now() < job.endsAt) return;
    const stopped: Ending = { status: 'Stopped', secondaryStatus: 'Stopped' };
    const next = this.endings.get(job.stage)?.shift() ?? { status: 'Completed' as const };
    await this.conclude(job, job.status === 'Stopping' ? stopped : next);
  }

  /** A training job that a tuning job launches: stage "trial". */
  private startTrial(name: string, request: object): FakeJob {
    this.createJob('training', name, { ...request, Tags: [{ Key: 'attune:stage', Value: 'trial' }] });
    return this.job(name);
  }

  private async conclude(job: FakeJob, { status, secondaryStatus, failureReason }: Ending): Promise<void> {
    Object.assign(job, { status, secondaryStatus: secondaryStatus ?? status, failureReason, endedAt: new Date() });
    if (status !== 'Completed') return;
    if (job.stage === 'prepare') this.writeDataReport(job.request as sdk.CreateProcessingJobCommandInput);
    if (job.stage === 'train' || job.stage === 'trial') this.s3.put(this.modelUri(job), await modelArchive());
    if (job.stage === 'evaluate') this.writeEvaluation(job.request as sdk.CreateProcessingJobCommandInput);
  }

  private writeDataReport({ ProcessingOutputConfig }: sdk.CreateProcessingJobCommandInput): void {
    const folder = ProcessingOutputConfig!.Outputs![0]!.S3Output!.S3Uri!;
    this.s3.put(`${folder}report.json`, JSON.stringify({ version: 1, counts: { train: { pairs: 1000 } } }));
  }

  private writeEvaluation({ ProcessingInputs, ProcessingOutputConfig }: sdk.CreateProcessingJobCommandInput): void {
    const folder = ProcessingOutputConfig!.Outputs![0]!.S3Output!.S3Uri!;
    const hasIncumbent = ProcessingInputs!.some(({ InputName }) => InputName === 'incumbent');
    const { questions = 200, overBase = [0.02, 0.05, 0.08], overIncumbent = [0.01, 0.03, 0.05] } = this.evaluation;
    const { onGuards = [-0.005, 0, 0.005] } = this.evaluation;
    const guards = ProcessingInputs!.find(({ InputName }) => InputName === 'guards')?.S3Input?.S3Uri;
    const comparison = ([low, difference, high]: [number, number, number]) => {
      return { metric: 'ndcg@10', difference, low, high, confidence: 0.95, wins: 50, ties: 120, losses: 30 };
    };
    const score = { 'ndcg@10': { mean: 0.7, low: 0.65, high: 0.75 } };
    const summary = {
      questions,
      passages: 2000,
      metrics: { bm25: score, base: score, candidate: score, ...(hasIncumbent ? { incumbent: score } : {}) },
      comparisons: {
        'candidate-base': comparison(overBase),
        ...(hasIncumbent ? { 'candidate-incumbent': comparison(overIncumbent) } : {}),
      },
      guards: this.s3.foldersIn(guards).map((name) => ({
        name,
        questions,
        passages: 500,
        against: hasIncumbent ? 'incumbent' : 'base',
        scores: { base: score['ndcg@10'], incumbent: score['ndcg@10'], candidate: score['ndcg@10'] },
        comparison: comparison(onGuards),
        inTraining: 0,
      })),
      warnings: [],
    };
    this.s3.put(`${folder}report.json`, JSON.stringify({ version: 1, summary }));
    this.s3.put(`${folder}report.html`, '<!doctype html><!-- decision --><!-- /decision -->');
    const probes = ['one', 'two', 'three'].map((text) => ({ text, kind: 'query', vector: vectorOf(text) }));
    this.s3.put(`${folder}probes.json`, JSON.stringify({ maxSeqLength: 128, probes }));
  }

  private modelUri({ name, request }: FakeJob): string {
    const { S3OutputPath } = (request as sdk.CreateTrainingJobCommandInput).OutputDataConfig!;
    return `${S3OutputPath}/${name}/output/model.tar.gz`;
  }

  private stop(name: string): object {
    const job = this.job(name);
    if (job.endedAt)
      throw awsError('ValidationException', `The request was rejected because the job is in status ${job.status}`);
    this.stopJob(job);
    return {};
  }

  private stopJob(job: FakeJob): void {
    job.status = 'Stopping';
    job.endsAt = Date.now() + this.stopMs;
  }

  private settledEndpoint(name: string | undefined): FakeEndpoint {
    const endpoint = this.endpointsByName.get(name!) ?? missing('endpoint', name);
    const due = !this.endpointsNeverSettle && Date.now() >= endpoint.settlesAt;
    if (due && endpoint.status === 'Deleting') {
      this.endpointsByName.delete(endpoint.name);
      return missing('endpoint', name);
    }
    const why = (): string | undefined =>
      this.badConfigs ? 'The container did not pass the ping health check.' : this.endpointFailures.shift();
    if (due && endpoint.status === 'Creating') {
      endpoint.failureReason = why();
      endpoint.status = endpoint.failureReason ? 'Failed' : 'InService';
    }
    if (due && endpoint.status === 'Updating') {
      endpoint.failureReason = endpoint.pending!.endsWith('-old') ? undefined : why();
      if (endpoint.failureReason === undefined) {
        endpoint.configName = endpoint.pending!;
        if (!this.updates.at(-1)?.RetainAllVariantProperties) endpoint.instances = undefined;
      }
      endpoint.status = 'InService';
      endpoint.pending = undefined;
    }
    return endpoint;
  }

  private tagged(resource: string, tags: sdk.Tag[] = []): string {
    this.tags.set(`${ARN}:${resource}`, tags);
    return `${ARN}:${resource}`;
  }
}

/** Any text's vector: the same for the same text. */
function vectorOf(text: string): number[] {
  return Array.from({ length: DIMENSIONS }, (_, i) => Math.sin(text.length * (i + 1)) + text.charCodeAt(0) / 200);
}

const exists = (kind: string, name: string): Error =>
  awsError('ValidationException', `Cannot create already existing ${kind} "${ARN}:${kind}/${name}".`);
const inMotion = (): Error => awsError('ValidationException', 'Cannot update in-progress endpoint.');
function missing(kind: string, name: string | undefined): never {
  throw awsError('ValidationException', `Could not find ${kind} "${name}".`);
}
