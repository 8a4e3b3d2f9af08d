/**
 * An account that two namespaces share, and all that happens in it between two sweeps. What attune does there, attune's own
 * activities do; the world keeps what is true, whatever tags and Temporal say.
 * @module
 */
import { CreateProcessingJobCommand, StopProcessingJobCommand } from '@aws-sdk/client-sagemaker';
import type { CreateProcessingJobCommandInput, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { createAwsActivities, createIoActivities, type Deps } from '../../src/activities/index.js';
import { createBatch, stopBatch } from '../../src/activities/batchJob.js';
import type { DeploymentPlan } from '../../src/activities/types.js';
import { batchRequest } from '../../src/aws/requests/batch.js';
import type { Bedrock } from '../../src/client/sweep/batches.js';
import { sweep, type Sweep, type SweepOptions } from '../../src/client/sweep/sweep.js';
import { jobWorkflowId } from '../../src/run/ids.js';
import { filesOf, packageFile } from '../../src/run/files.js';
import type { Run } from '../../src/run/run.js';
import { deploymentOf } from './endpointWorkflows.js';
import { arnOf } from './fakeAccount.js';
import { FakeBedrock } from './fakeBedrock.js';
import { FakeSageMaker } from './fakeSageMaker.js';
import { inActivity as call } from './inActivity.js';
import { jobScripts, smallSpec } from './loop.js';
import { ModelTemporal } from './modelTemporal.js';

export type Space = 'dev' | 'prod';
export type End = 'done' | 'rejected' | 'failed' | 'cancelled' | 'terminated' | 'timed out';
/** Of what a run started: cleaned up; still at it; ended without a clean-up. */
export type Children = 'tidy' | 'linger' | 'gone';

export interface WorldRun {
  space: Space;
  workflowId: string;
  firstRunId: string;
  run: Run;
  jobs: string[];
  deploying?: { plan: DeploymentPlan; old?: string };
  deployed: boolean;
  evaluated: boolean;
}

export class World {
  readonly fake = new FakeSageMaker().withJobsThatNeverEnd('prepare');
  readonly bedrock = new FakeBedrock(this.fake.s3);
  readonly temporal = { dev: new ModelTemporal('dev'), prod: new ModelTemporal('prod') };
  readonly runs: WorldRun[] = [];
  /** Endpoints whose model was verified, or that a person uses. */
  readonly inUse = new Set<string>();
  private readonly deps: Deps;

  constructor() {
    this.fake.s3.put('s3://test-bucket/pairs.jsonl', '{}');
    this.fake.endpointMs = 1000;
    this.bedrock.jobMs = Infinity;
    this.deps = {
      ...(this.fake.clients as object),
      ...(this.bedrock.clients as object),
      settings: {
        bucket: 'test-bucket',
        roleArn: 'arn:aws:iam::000000000000:role/test',
        prefix: 'attune',
        region: 'us-east-1',
      },
      pythonDir: jobScripts,
      propagationMs: 0,
    } as unknown as Deps;
  }

  private get aws() {
    return createAwsActivities(this.deps);
  }

  goesOn({ space, firstRunId }: WorldRun): boolean {
    return this.temporal[space].goesOn(firstRunId);
  }

  /** @returns undefined where a run of this id goes on, or the spec may not have its endpoint */
  async start(space: Space, workflowId: string, name: string, endpoint = 'shared'): Promise<WorldRun | undefined> {
    const temporal = this.temporal[space];
    if (temporal.current(workflowId)) return undefined;
    const { runId } = temporal.start(workflowId);
    const raw = smallSpec({ name, deploy: { endpoint } });
    const owner = { workflowId, run: runId.slice(-8), runId, namespace: space };
    try {
      const { run } = await call(createIoActivities(this.deps).preflight, { raw, ...owner });
      const began = { space, workflowId, firstRunId: runId, run, jobs: [], deployed: false, evaluated: false };
      this.runs.push(began);
      return began;
    } catch (error) {
      if ((error as { type?: string }).type !== 'NameTaken') throw error;
      temporal.end(workflowId, 'FAILED');
      return undefined;
    }
  }

  async job(one: WorldRun): Promise<void> {
    if (!this.goesOn(one)) return;
    const ask = { run: one.run, stage: 'prepare' as const, attempt: one.jobs.length + 1 };
    const { name, request } = await call(this.aws.planJob, ask as never);
    const sageMaker = this.deps.sageMaker as SageMakerClient;
    await sageMaker.send(new CreateProcessingJobCommand(request as CreateProcessingJobCommandInput));
    one.jobs.push(name);
    this.temporal[one.space].start(jobWorkflowId(name));
  }

  /** Has questions written by a batch job. */
  async batch(one: WorldRun): Promise<void> {
    if (!this.goesOn(one)) return;
    const { spec } = one.run;
    const questions = { model: 'bedrock:amazon.nova-lite-v1:0' };
    const asking = { ...one.run, spec: { ...spec, data: { ...spec.data, questions } } } as Run;
    const { name, request } = batchRequest(asking, { round: 'write', attempt: one.jobs.length + 1 });
    await createBatch(this.deps, request);
    one.jobs.push(name);
    this.temporal[one.space].start(jobWorkflowId(name));
  }

  async deploy(one: WorldRun): Promise<void> {
    const temporal = this.temporal[one.space];
    if (!this.goesOn(one) || one.deploying || one.deployed) return;
    const modelDataUrl = packageFile(one.run, 'a model');
    this.fake.s3.put(modelDataUrl, 'a model');
    const plan = await call(this.aws.planDeployment, { run: one.run, modelDataUrl });
    const { endpoint, tags, update, claim } = plan;
    if (temporal.current(deploymentOf(endpoint))) return;
    try {
      const { state } = await call(this.aws.readEndpoint, { endpoint, claim });
      if (state && !['InService', 'Failed'].includes(state.status)) return;
      const old = state?.status === 'InService' ? state.configName : undefined;
      temporal.start(deploymentOf(endpoint));
      one.deploying = { plan, old };
      await call(this.aws.createModel, plan.model);
      await call(this.aws.createEndpointConfig, plan.config);
      if (state?.status === 'Failed') {
        await call(this.aws.deleteEndpoint, { endpoint, tags, claim });
        this.fake.remove(endpoint);
      }
      const point = { endpoint, configName: plan.config.name, tags, update, claim, back: false };
      await call(this.aws.pointEndpoint, { ...point, creates: old === undefined });
    } catch (error) {
      if ((error as { type?: string }).type !== 'NameTaken') throw error;
    }
  }

  async verify(one: WorldRun): Promise<void> {
    if (!this.goesOn(one) || !one.deploying) return;
    const { plan, old } = one.deploying;
    const { endpoint, config, tags } = plan;
    const { state } = await call(this.aws.readEndpoint, { endpoint });
    if (state?.status !== 'InService' || state.configName !== config.name) return;
    await call(this.aws.recordDeployed, { run: one.run, endpoint, configName: config.name });
    this.inUse.add(endpoint);
    if (old) await call(this.aws.removeSuperseded, { configName: old, tags });
    Object.assign(one, { deploying: undefined, deployed: true });
    this.temporal[one.space].end(deploymentOf(endpoint), 'COMPLETED', { outcome: 'deployed' });
  }

  async end(one: WorldRun, how: End, children: Children): Promise<void> {
    if (!this.goesOn(one) || (one.deploying && ['done', 'rejected'].includes(how))) return;
    const temporal = this.temporal[one.space];
    if (how === 'done' || how === 'rejected') {
      one.evaluated = true;
      this.fake.s3.put(filesOf(one.run).report, '{}');
      temporal.end(one.workflowId, 'COMPLETED', { status: how });
      await this.tidy(one);
      return;
    }
    temporal.end(one.workflowId, STATUS[how]);
    if (children === 'tidy') await this.tidy(one);
    if (children === 'gone') this.abandon(one);
  }

  /** The workflows below a run end, and leave what they had made. */
  abandon(one: WorldRun): void {
    if (!this.goesOn(one)) this.endChildren(one);
  }

  private endChildren(one: WorldRun): void {
    const temporal = this.temporal[one.space];
    for (const name of one.jobs) temporal.end(jobWorkflowId(name), 'TERMINATED');
    if (one.deploying) temporal.end(deploymentOf(one.deploying.plan.endpoint), 'TERMINATED');
    one.deploying = undefined;
  }

  private async tidy(one: WorldRun): Promise<void> {
    for (const { name, status } of this.fake.jobs()) {
      if (!one.jobs.includes(name) || status !== 'InProgress') continue;
      await (this.deps.sageMaker as SageMakerClient).send(new StopProcessingJobCommand({ ProcessingJobName: name }));
    }
    for (const { name, status } of this.batches())
      if (one.jobs.includes(name) && status === 'InProgress') await stopBatch(this.deps, name);
    const { plan, old } = one.deploying ?? {};
    const now = plan && this.fake.endpoints().find(({ name }) => name === plan.endpoint);
    // One that is in motion is waited for; here it is then abandoned.
    if (plan && (now === undefined || ['InService', 'Failed'].includes(now.status))) {
      const { endpoint, tags, update, claim, config, model } = plan;
      const { state } = await call(this.aws.readEndpoint, { endpoint });
      if (old && state?.configName === config.name)
        await call(this.aws.pointEndpoint, { endpoint, configName: old, tags, update, claim, back: true });
      else if (!old) await call(this.aws.deleteEndpoint, { endpoint, tags, claim });
      await call(this.aws.deleteEndpointConfig, { name: config.name });
      await call(this.aws.deleteModel, { name: model.name });
    }
    this.abandon(one);
  }

  reset(one: WorldRun): void {
    const temporal = this.temporal[one.space];
    const base = temporal.executions.findLast(({ firstRunId }) => firstRunId === one.firstRunId);
    if (base === undefined) return;
    const displaced = this.runs.find(
      (other) => other.space === one.space && other.workflowId === one.workflowId && this.goesOn(other),
    );
    temporal.reset(base);
    if (displaced) this.endChildren(displaced);
  }

  forget(one: WorldRun, all: boolean): void {
    const temporal = this.temporal[one.space];
    const ofRun = temporal.executions.filter(({ firstRunId }) => firstRunId === one.firstRunId);
    for (const execution of all ? ofRun : ofRun.slice(0, 1)) temporal.forget(execution);
    for (const name of one.jobs)
      for (const execution of temporal.executions.filter(({ workflowId }) => workflowId === jobWorkflowId(name)))
        temporal.forget(execution);
  }

  /** Retention takes the deployments of an endpoint. */
  forgetDeployments(space: Space, endpoint: string): void {
    const temporal = this.temporal[space];
    for (const one of temporal.executions.filter(({ workflowId }) => workflowId === deploymentOf(endpoint)))
      temporal.forget(one);
  }

  sweep(space: Space, options: SweepOptions): Promise<Sweep> {
    const place = { s3: this.fake.s3.pageable, bucket: 'test-bucket', prefix: 'attune' };
    const bedrock = this.bedrock.clients.bedrockJobs as unknown as Bedrock;
    return sweep({ temporal: this.temporal[space], ...this.fake.sweepable, bedrock }, options, place);
  }

  /** Batch jobs of the account. */
  batches(): { name: string; status: string }[] {
    return this.bedrock.jobs.map(({ request, status }) => ({ name: request.jobName!, status }));
  }

  /** What is due by the clock has happened; an endpoint that is gone serves nobody. */
  async settle(): Promise<void> {
    for (const { name } of this.fake.endpoints()) await call(this.aws.readEndpoint, { endpoint: name });
    for (const name of this.inUse) if (!this.fake.endpoints().some((one) => one.name === name)) this.inUse.delete(name);
  }

  /** Whether the run that a resource was made for goes on. */
  isNeeded(type: 'model' | 'endpoint-config' | 'endpoint', name: string): boolean {
    const runId = this.fake.tagsOf(arnOf(type, name))['attune:run-id'];
    return this.runs.some((one) => one.firstRunId === runId && this.goesOn(one));
  }

  /** Whether Temporal knows all executions of a run, and lists them. */
  isWhole({ space, firstRunId }: WorldRun): boolean {
    const executions = this.temporal[space].executions.filter((one) => one.firstRunId === firstRunId);
    const ids = executions.map(({ runId }) => runId);
    return executions.every(
      ({ listed, resetTo = firstRunId }) => listed && ids.includes(resetTo) && ids.includes(firstRunId),
    );
  }

  /** Whether a job's run goes on, or the workflow that follows it. */
  works(job: string): boolean {
    const one = this.runs.find(({ jobs }) => jobs.includes(job))!;
    return this.goesOn(one) || this.temporal[one.space].current(jobWorkflowId(job)) !== undefined;
  }
  /** Whether an endpoint was verified, or a run goes on that made or changes it. */
  serves(endpoint: string): boolean {
    return (
      this.inUse.has(endpoint) ||
      this.isNeeded('endpoint', endpoint) ||
      this.fake
        .uses(endpoint)
        .some((config) => this.fake.configNames().includes(config) && this.isNeeded('endpoint-config', config)) ||
      this.runs.some(
        (one) =>
          one.deploying?.plan.endpoint === endpoint &&
          (this.goesOn(one) || this.temporal[one.space].current(deploymentOf(endpoint)) !== undefined),
      )
    );
  }
}

const STATUS = {
  failed: 'FAILED',
  cancelled: 'CANCELLED',
  terminated: 'TERMINATED',
  'timed out': 'TIMED_OUT',
} as const;
