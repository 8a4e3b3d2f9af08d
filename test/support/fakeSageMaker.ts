/**
 * SageMaker as far as attune uses it: a small program with a vocabulary. Jobs and endpoints end by the clock, and leave in the
 * fake S3 what the real scripts would.
 * @module
 */
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type * as sdk from '@aws-sdk/client-sagemaker';
import type { S3VectorsClient } from '@aws-sdk/client-s3vectors';
import { createHash } from 'node:crypto';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { dataReportSchema } from '../../src/run/dataReport.js';
import { evaluationReportSchema, probesSchema } from '../../src/run/evaluation.js';
import type { Origins } from '../../src/run/origins.js';
import { passageCountsSchema } from '../../src/run/questions.js';
import { refuseAsAwsDoes } from './awsRefusals.js';
import type { Bedrock } from '../../src/client/sweep/batches.js';
import { FakeAutoScaling } from './fakeAutoScaling.js';
import { FakeBedrock } from './fakeBedrock.js';
import { FakeEmbedding } from './fakeEmbedding.js';
import { FakeHosting } from './fakeHosting.js';
import { FakeIndex } from './fakeIndex.js';
import { JOB_TYPE, jobArn, missing, overAlready, taken, type Ending, type FakeJob } from './fakeJob.js';
import { FakeAccount, arnOf } from './fakeAccount.js';
import { fakeLists } from './fakeLists.js';
import { FakeQuotas } from './fakeQuotas.js';
import { FakeRegistry } from './fakeRegistry.js';
import { FakeTunings } from './fakeTunings.js';
import { MODEL_FILES, modelArchive } from './modelArchive.js';
import { written } from './written.js';

const DIMENSIONS = 4;

/** Gains of the candidate with the ends of their intervals, and how many questions they rest on. */
export interface FakeEvaluation {
  questions?: number;
  /** Where those come from; without it the report does not say. */
  origins?: Origins;
  overBase?: [low: number, mean: number, high: number];
  overIncumbent?: [low: number, mean: number, high: number];
  /** On every guard set of the spec, over the incumbent or, where none serves, the base; each scores 0.7. */
  onGuards?: [low: number, mean: number, high: number];
}

export class FakeSageMaker {
  private readonly account = new FakeAccount();
  private readonly hosting = new FakeHosting(
    this.account,
    (endpoint) => this.autoScaling.targets[endpoint] !== undefined,
  );
  readonly s3 = this.account.s3;
  readonly roles = this.account.roles;
  /** Whoever keeps vectors. Absent: a call fails the test. */
  s3Vectors?: Pick<S3VectorsClient, 'send'>;
  readonly autoScaling = new FakeAutoScaling();
  readonly registry = new FakeRegistry();
  readonly quotas = new FakeQuotas();
  /** What an index is made of. */
  readonly index = new FakeIndex(this.s3, DIMENSIONS);
  /** The texts of each request to an endpoint. */
  readonly invoked: string[][] = [];
  /** Called with the number of each request to an endpoint, before it is answered; what it throws is the answer. */
  onInvoke?: (count: number, signal?: AbortSignal) => void | Promise<void>;
  /** Texts of each request that the endpoint's model reads only the beginning of. */
  truncates = 0;
  /** What a job of `attune embed` finds and leaves. */
  readonly embedding = new FakeEmbedding(this.s3, DIMENSIONS);
  readonly calls: { operation: string; at: number }[] = [];
  /** Every UpdateEndpoint that was taken. */
  readonly updates = this.hosting.updates;
  /** Names of the endpoints that were created or updated. */
  readonly pointed = this.hosting.pointed;
  private readonly jobsByArn = new Map<string, FakeJob>();
  private readonly tunings = new FakeTunings({
    startTrial: (name, request) => this.startTrial(name, request),
    settle: (job) => this.settle(job),
    stopJob: (job) => this.stopJob(job),
    conclude: (job, ending) => this.conclude(job, ending),
    arranged: () => this.endings.get('tune')?.shift(),
  });
  private readonly endless = new Set<string>();
  private readonly endings = new Map<string, Ending[]>();
  /** Jobs whose outputs are on their way: each ends once, however many look at it meanwhile. */
  private readonly ending = new Map<FakeJob, Promise<void>>();
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
  private heldOut: { test?: object; dev?: object; train?: object } = {};
  private passages = { shards: 2, each: 3 };
  private drift = 0;
  private trainsAlike = true;
  private ownVectors = false;
  private held?: { operation: string; reached: () => void; released: Promise<void> };
  jobMs = 20;
  stopMs = 20;
  /** While there is one, each call of each client ends so. */
  outage?: Error;
  /** While there is one, it gets the calls of SageMaker instead. */
  behind?: SageMakerClient;

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
  /** Lists the trials of a tuning job by so many a page, as SageMaker does; without it, one by one. */
  withTrialPages(size: number): this {
    this.tunings.pageSize = size;
    return this;
  }
  withEvaluation(evaluation: FakeEvaluation): this {
    this.evaluation = evaluation;
    return this;
  }
  /** Test questions that prepare holds out, their groups, and how many train and dev have. Without it, prepare does not say. */
  withQuestions(test: number, groups: number, others: number, origins?: Origins): this {
    this.heldOut = { test: { questions: test, groups, origins }, dev: { questions: 0 }, train: { questions: others } };
    return this;
  }
  /** So many passages are chosen to be asked about. Without it, two shards of three. */
  withPassages(shards: number, each: number): this {
    this.passages = { shards, each };
    return this;
  }
  /** New containers do not come up: an update goes back to the old config, a creation fails. */
  withContainersThatDoNotStart(): this {
    this.hosting.broken = true;
    return this;
  }
  /** The next configs do not come into service, for these reasons; later ones do. */
  withEndpointFailures(...reasons: string[]): this {
    this.hosting.failures.push(...reasons);
    return this;
  }
  withEndpointsThatNeverSettle(): this {
    this.hosting.neverSettles = true;
    return this;
  }
  /** Each training leaves weights of its own. Without it, all leave the same. */
  withDistinctModels(): this {
    this.trainsAlike = false;
    return this;
  }
  /** Each training leaves weights of its own, and vectors that no other model gives. Without it, all give the same. */
  withOwnVectors(): this {
    this.ownVectors = true;
    return this.withDistinctModels();
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
  set endpointMs(ms: number) {
    this.hosting.settleMs = ms;
  }
  letEndpointsSettle(): void {
    this.hosting.neverSettles = false;
  }
  end(name: string, ending: Ending = { status: 'Completed' }): Promise<void> {
    return this.conclude(
      this.jobs().find((job) => job.name === name)!,
      ending,
    );
  }

  /* What a test looks at. */
  jobs(): FakeJob[] {
    return [...this.jobsByArn.values()];
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
    return [...this.hosting.endpoints.values()].map(({ name, status, configName }) => ({ name, status, configName }));
  }
  modelNames(): string[] {
    return [...this.hosting.models.keys()];
  }
  configNames(): string[] {
    return [...this.hosting.configs.keys()];
  }
  configOf(name: string): sdk.CreateEndpointConfigCommandInput {
    return this.hosting.configOf(name);
  }
  tagsOf(arn: string): Record<string, string> {
    return Object.fromEntries(this.account.tagsOf(arn).map(({ Key, Value }) => [Key!, Value!]));
  }
  /** Puts an endpoint into service that a test's run finds there; attune's unless `foreign`. */
  async serving(
    name: string,
    { foreign = false, serverless = false, autoscaled = false, instances = 1 } = {},
  ): Promise<string> {
    const tags = [
      ...(foreign ? [] : [{ Key: 'attune:workflow', Value: 'earlier' }]),
      ...(autoscaled ? [{ Key: 'attune:autoscaling', Value: 'main' }] : []),
    ];
    if (autoscaled) this.autoScaling.register(name);
    return this.hosting.serving(name, tags, { serverless, instances });
  }

  /** As if an earlier version had made it. */
  forgetTags(arn: string, ...keys: string[]): void {
    this.account.dropTags(arn, keys);
  }
  failEndpoint(name: string): void {
    this.hosting.endpoints.get(name)!.status = 'Failed';
  }
  /** Names of the configs that an endpoint serves with, or is about to. */
  uses(endpoint: string): string[] {
    const { configName, pending } = this.hosting.endpoints.get(endpoint)!;
    return [configName, ...(pending ? [pending.configName] : [])];
  }
  /** Puts an endpoint under autoscaling, as a deployment does that asks for it. */
  scale(endpoint: string): void {
    const { configName } = this.hosting.endpoints.get(endpoint)!;
    this.account.addTags(arnOf('endpoint-config', configName), [{ Key: 'attune:autoscaling', Value: 'main' }]);
    this.autoScaling.register(endpoint);
  }
  /** Somebody deletes an endpoint. */
  remove(endpoint: string): void {
    this.hosting.endpoints.delete(endpoint);
  }

  /* The clients. */
  get clients() {
    const { s3, autoScaling } = this;
    const unlessOut = (send: (command: never, options: never) => Promise<object>) => ({
      send: (command: never, options: never) => (this.outage ? Promise.reject(this.outage) : send(command, options)),
    });
    return {
      sageMaker: unlessOut((command, options) => this.behind?.send(command, options) ?? this.send(command)),
      s3: unlessOut((command) => s3.send(command)),
      runtime: unlessOut(this.invoke),
      logs: unlessOut(this.readLog),
      autoScaling: unlessOut((command) => autoScaling.send(command)),
      quotas: unlessOut((command) => this.quotas.send(command)),
      ...(this.s3Vectors && { s3Vectors: this.s3Vectors }),
    } as never;
  }

  /** What a sweep works on. The paginators of the SDK want its own classes. */
  get sweepable(): { sageMaker: SageMakerClient; autoScaling: FakeAutoScaling; bedrock: Bedrock } {
    return {
      sageMaker: Object.assign(Object.create(SageMakerClient.prototype), { send: this.send }) as SageMakerClient,
      autoScaling: this.autoScaling,
      bedrock: new FakeBedrock(this.s3).clients.bedrockJobs as unknown as Bedrock,
    };
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
      const job = await this.looked('training', TrainingJobName!);
      return {
        TrainingJobName: job.name,
        TrainingJobArn: jobArn('training', job.name),
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
      const job = await this.looked('processing', ProcessingJobName!);
      return {
        ProcessingJobName: job.name,
        ProcessingJobArn: jobArn('processing', job.name),
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
      const job = await this.looked('tuning', input.HyperParameterTuningJobName!);
      return this.tunings.describe(job, jobArn('tuning', job.name));
    },
    ListTrainingJobsForHyperParameterTuningJob: (input: sdk.ListTrainingJobsForHyperParameterTuningJobCommandInput) =>
      this.tunings.list(this.job('tuning', input.HyperParameterTuningJobName!), input.NextToken),
    StopHyperParameterTuningJob: (input: sdk.StopHyperParameterTuningJobCommandInput) =>
      this.stop('tuning', input.HyperParameterTuningJobName!),
    StopTrainingJob: (input: sdk.StopTrainingJobCommandInput) => this.stop('training', input.TrainingJobName!),
    StopProcessingJob: (input: sdk.StopProcessingJobCommandInput) => this.stop('processing', input.ProcessingJobName!),
    ListTags: ({ ResourceArn }: sdk.ListTagsCommandInput) => ({ Tags: this.account.tagsOf(ResourceArn!) }),
    AddTags: ({ ResourceArn, Tags }: sdk.AddTagsCommandInput) => ({ Tags: this.account.addTags(ResourceArn!, Tags!) }),
    ...this.hosting.operations,
    ...this.registry.operations,
    ...fakeLists(async () => {
      for (const job of this.jobs()) await this.goOn(job);
      return this.jobs();
    }, this.hosting),
  };

  private settled<T extends { InstancePreferences?: { InstanceType?: string }[] }>(cluster: T): T {
    const [first] = cluster.InstancePreferences ?? [];
    return first
      ? { ...cluster, SelectedInstanceType: this.selected ?? first.InstanceType, SelectedInstanceCount: 1 }
      : cluster;
  }

  private invoke = async (command: { input: object }, options?: { abortSignal?: AbortSignal }): Promise<object> => {
    if (!(command instanceof InvokeEndpointCommand)) throw new Error('the fake runtime knows InvokeEndpoint only');
    const { inputs } = JSON.parse(command.input.Body as string) as { inputs: string | string[] };
    this.invoked.push([inputs].flat());
    await this.onInvoke?.(this.invoked.length, options?.abortSignal);
    const salt = this.saltOf(this.ownVectors ? this.hosting.servedBy(command.input.EndpointName!) : undefined);
    const vectors = [inputs].flat().map((text) => vectorOf(text, salt).map((x, i) => x + (i === 0 ? this.drift : 0)));
    const CustomAttributes = this.truncates ? `X-Attune-Truncated=${this.truncates}` : undefined;
    return { Body: new TextEncoder().encode(JSON.stringify(vectors)), CustomAttributes };
  };

  /** Of a model's vectors: told by its archive. */
  private saltOf(modelDataUrl: string | undefined): number {
    const archive = this.ownVectors && modelDataUrl ? this.s3.objects.get(modelDataUrl) : undefined;
    return archive === undefined ? 0 : createHash('sha256').update(archive).digest().readUInt16LE(0);
  }

  private readLog = async (command: { input: object }): Promise<object> => {
    const operation = command.constructor.name.replace(/Command$/, '');
    refuseAsAwsDoes('logs', ['DescribeLogStreams', 'GetLogEvents'], operation, command.input);
    return operation === 'DescribeLogStreams'
      ? { logStreams: [{ logStreamName: 'job/algo-1' }] }
      : { events: [{ message: 'the last line of the log' }] };
  };

  private createJob(kind: FakeJob['kind'], name: string, request: JobRequest): string {
    const arn = jobArn(kind, name);
    if (this.jobsByArn.has(arn)) throw taken(kind, name);
    const { RoleArn, InputDataConfig = [] } = request.TrainingJobDefinition ?? request;
    this.account.requireRole(RoleArn);
    this.registry.requireExperiment(request.ExperimentConfig);
    for (const { DataSource } of InputDataConfig) this.account.requireInput(DataSource!.S3DataSource!.S3Uri!, RoleArn);
    const stage = request.Tags?.find(({ Key }) => Key === 'attune:stage')?.Value ?? 'unknown';
    this.jobsByArn.set(arn, {
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
    return this.account.add(JOB_TYPE[kind], name, request.Tags);
  }

  private job(kind: FakeJob['kind'], name: string): FakeJob {
    const job = this.jobsByArn.get(jobArn(kind, name));
    if (!job) throw missing(kind, name);
    return job;
  }

  private async looked(kind: FakeJob['kind'], name: string): Promise<FakeJob> {
    const job = this.job(kind, name);
    job.describes += 1;
    await this.goOn(job);
    return job;
  }

  /** What is due has happened. */
  private goOn(job: FakeJob): Promise<void> {
    return job.kind === 'tuning' ? this.tunings.advance(job) : this.settle(job);
  }

  private async settle(job: FakeJob): Promise<void> {
    const ending = this.ending.get(job);
    if (ending) return ending;
    if (job.endedAt !== undefined || Date.now() < job.endsAt) return;
    const stopped: Ending = { status: 'Stopped', secondaryStatus: 'Stopped' };
    const next = this.endings.get(job.stage)?.shift() ?? { status: 'Completed' as const };
    await this.conclude(job, job.status === 'Stopping' ? stopped : next);
  }

  /** A training job that a tuning job launches: stage "trial". */
  private startTrial(name: string, request: JobRequest): FakeJob {
    this.createJob('training', name, { ...request, Tags: [{ Key: 'attune:stage', Value: 'trial' }] });
    return this.job('training', name);
  }

  /** As on AWS a job has left its outputs before it is Completed: whoever sees the status finds them. */
  private conclude(job: FakeJob, ending: Ending): Promise<void> {
    const concluded = this.writeOutputs(job, ending).then(() => {
      const { status, secondaryStatus, failureReason } = ending;
      Object.assign(job, { status, secondaryStatus: secondaryStatus ?? status, failureReason, endedAt: new Date() });
      this.ending.delete(job);
    });
    this.ending.set(job, concluded);
    return concluded;
  }

  private async writeOutputs(job: FakeJob, { status }: Ending): Promise<void> {
    if (status !== 'Completed') return;
    if (job.stage === 'questions') this.writePassages(job.request as sdk.CreateProcessingJobCommandInput);
    if (job.stage === 'prepare') this.writeData(job.request as sdk.CreateProcessingJobCommandInput);
    if (job.stage === 'train' || job.stage === 'trial') this.s3.put(this.modelUri(job), await this.trained(job));
    if (job.stage === 'index') this.writeIndex(job);
    if (job.stage === 'embed') this.writeEmbedding(job);
    if (job.stage === 'evaluate') this.writeEvaluation(job.request as sdk.CreateProcessingJobCommandInput);
  }

  private writePassages({ ProcessingOutputConfig }: sdk.CreateProcessingJobCommandInput): void {
    const folder = ProcessingOutputConfig!.Outputs![0]!.S3Output!.S3Uri!;
    const { shards, each } = this.passages;
    for (let shard = 0; shard < shards; shard += 1) {
      const lines = Array.from({ length: each }, (_, i) => {
        const id = `page-${shard}.md#${i + 1}`;
        return JSON.stringify({ id, title: 'Page', text: `Passage ${id} of a page.`, kinds: ['howTo', 'keyword'] });
      });
      this.s3.put(`${folder}${String(shard).padStart(4, '0')}.jsonl`, `${lines.join('\n')}\n`);
    }
    const passages = shards * each;
    const counts = { version: 1 as const, shards, passages, of: passages, documents: shards, ofDocuments: shards };
    this.s3.put(`${folder}counts.json`, written(passageCountsSchema, counts));
  }

  private writeData({ ProcessingOutputConfig }: sdk.CreateProcessingJobCommandInput): void {
    const folder = ProcessingOutputConfig!.Outputs![0]!.S3Output!.S3Uri!;
    const counts = { ...this.heldOut, train: { pairs: 1000, ...this.heldOut.train } };
    this.s3.put(`${folder}report.json`, written(dataReportSchema, { version: 1, counts }));
    for (const part of ['train', 'dev', 'test', 'corpus']) this.s3.put(`${folder}${part}/data.jsonl`, '{}\n');
    this.s3.put(`${folder}assigned/train.npy`, 'hashes');
  }

  private writeIndex(job: FakeJob): void {
    const request = job.request as sdk.CreateProcessingJobCommandInput;
    const salt = this.saltOf(inputOf(request, 'model'));
    const readsSource = request.Environment?.['ATTUNE_INDEX_READS'] === 'source';
    const sync = readsSource ? { known: inputOf(request, 'known') } : undefined;
    this.index.embedded(outputOf(job), (text) => vectorOf(text, salt), sync);
  }

  private writeEmbedding(job: FakeJob): void {
    const request = job.request as sdk.CreateProcessingJobCommandInput;
    const model = inputOf(request, 'model');
    const salt = this.saltOf(model);
    const done = request.Environment?.['ATTUNE_INDEX_DONE'];
    this.embedding.left(outputOf(job), done, model === undefined ? undefined : (text) => vectorOf(text, salt));
  }

  private writeEvaluation(request: sdk.CreateProcessingJobCommandInput): void {
    const { ProcessingInputs, ProcessingOutputConfig, Environment = {} } = request;
    const folder = ProcessingOutputConfig!.Outputs![0]!.S3Output!.S3Uri!;
    const hasIncumbent = ProcessingInputs!.some(({ InputName }) => InputName === 'incumbent');
    const { questions = 200, overBase = [0.02, 0.05, 0.08], overIncumbent = [0.01, 0.03, 0.05] } = this.evaluation;
    const { onGuards = [-0.005, 0, 0.005] } = this.evaluation;
    const { ATTUNE_COMPARED_BASE: compared } = Environment;
    if (compared !== undefined) return this.writeComparison(folder, Number(compared), hasIncumbent);
    const guards = ProcessingInputs!.find(({ InputName }) => InputName === 'guards')?.S3Input?.S3Uri;
    const comparison = ([low, difference, high]: [number, number, number]) => {
      return { metric: 'ndcg@10', difference, low, high, confidence: 0.95, wins: 50, ties: 120, losses: 30 };
    };
    const score = { 'ndcg@10': { mean: 0.7, low: 0.65, high: 0.75 } };
    const summary = {
      questions,
      origins: this.evaluation.origins,
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
        against: hasIncumbent ? ('incumbent' as const) : ('base' as const),
        scores: { base: score['ndcg@10'], incumbent: score['ndcg@10'], candidate: score['ndcg@10'] },
        comparison: comparison(onGuards),
        inTraining: 0,
      })),
      warnings: [],
    };
    this.s3.put(`${folder}report.json`, written(evaluationReportSchema, { version: 1, summary, won: [], lost: [] }));
    this.s3.put(`${folder}report.html`, '<!doctype html><!-- decision --><!-- /decision -->');
    const salt = this.saltOf(inputOf(request, 'candidate'));
    const probes = ['one', 'two', 'three'].map((text) => ({
      text,
      kind: 'query' as const,
      vector: vectorOf(text, salt),
    }));
    this.s3.put(`${folder}probes.json`, written(probesSchema, { maxSeqLength: 128, probes }));
    this.index.evaluated(folder);
  }

  /** A base without a candidate: the later ones of a spec are the better ones. */
  private writeComparison(folder: string, index: number, hasIncumbent: boolean): void {
    const score = (mean: number) => ({ 'ndcg@10': { mean, low: mean - 0.05, high: mean + 0.05 } });
    const metrics = {
      bm25: score(0.5),
      base: score(0.6 + index / 10),
      ...(hasIncumbent ? { incumbent: score(0.65) } : {}),
    };
    const summary = { questions: 200, passages: 2000, metrics, comparisons: {}, guards: [], warnings: [] };
    const settings = { size: { dimensions: 384, parameters: 22_700_000, maxSeqLength: 128 } };
    const report = { version: 1 as const, summary, won: [], lost: [], settings };
    this.s3.put(`${folder}report.json`, written(evaluationReportSchema, report));
    this.s3.put(`${folder}report.html`, '<!doctype html>');
  }

  private trained({ name }: FakeJob): Promise<Buffer> {
    return this.trainsAlike ? modelArchive() : modelArchive({ ...MODEL_FILES, 'model.safetensors': name });
  }

  private modelUri({ name, request }: FakeJob): string {
    const { S3OutputPath } = (request as sdk.CreateTrainingJobCommandInput).OutputDataConfig!;
    return `${S3OutputPath}/${name}/output/model.tar.gz`;
  }

  private async stop(kind: FakeJob['kind'], name: string): Promise<object> {
    const job = this.job(kind, name);
    await this.goOn(job);
    if (job.endedAt) throw overAlready(job);
    if (job.status !== 'Stopping') this.stopJob(job);
    return {};
  }

  private stopJob(job: FakeJob): void {
    job.status = 'Stopping';
    job.endsAt = Date.now() + this.stopMs;
  }
}

const outputOf = ({ request }: FakeJob): string =>
  (request as sdk.CreateProcessingJobCommandInput).ProcessingOutputConfig!.Outputs![0]!.S3Output!.S3Uri!;

const inputOf = ({ ProcessingInputs = [] }: sdk.CreateProcessingJobCommandInput, name: string): string | undefined =>
  ProcessingInputs.find(({ InputName }) => InputName === name)?.S3Input?.S3Uri;

/** Any text's vector: the same for the same text and model. */
function vectorOf(text: string, salt = 0): number[] {
  return Array.from(
    { length: DIMENSIONS },
    (_, i) => Math.sin((text.length + salt) * (i + 1)) + text.charCodeAt(0) / 200,
  );
}

/** What a fake job looks at; a tuning job has it in the definition of its trainings. */
type JobRequest = Pick<sdk.CreateTrainingJobCommandInput, 'Tags' | 'ExperimentConfig'> &
  Inputs & { TrainingJobDefinition?: Inputs };
type Inputs = Partial<Pick<sdk.CreateTrainingJobCommandInput, 'RoleArn' | 'InputDataConfig'>>;
