/**
 * Runs one training job: the tree of /opt/ml, the channels, the real training toolkit, the artefacts.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { LogWriter } from '../logFiles.js';
import { containerEnvironment, programOf, rerooted, run, type Command } from './container.js';
import { algorithmError, JobFailure, shortText, transfer, type Job } from './job.js';
import type { JobPlan, JobState } from './jobFolder.js';
import { MetricReader } from './metrics.js';
import { RepeatedSync } from './repeatedSync.js';
import { download, filesBelow, FolderMirror, putStream, under } from './s3.js';
import { tarball } from './tarball.js';

type TrainingPlan = JobPlan & { kind: 'training-job' };

/** One host, by a name that resolves. */
const HOST = 'localhost';

export async function runTraining(plan: TrainingPlan, job: Job): Promise<void> {
  const { journal, interrupted, folder } = job;
  if (interrupted.aborted) return stopped(job, {});
  try {
    journal.started();
    layOut(plan, folder.ml);
    journal.enter('Downloading', 'Downloading input data');
    const checkpoints = await downloadInputs(plan.request, job);
    const exitCode = await train(plan, job, checkpoints);
    await transfer('Artifact upload', plan.request.CheckpointConfig?.S3Uri ?? '', async () => checkpoints?.upload());
    if (!interrupted.aborted) journal.enter('Uploading', 'Uploading generated training model');
    // A stop that comes while artefacts are uploaded comes too late: the job has ended.
    const wasInterrupted = interrupted.aborted;
    const uploaded = await uploadArtefacts(plan.request, folder.ml, exitCode === 0 && !wasInterrupted);
    if (wasInterrupted) return stopped(job, uploaded);
    if (exitCode === 0) return journal.end('Completed', 'Completed', 'Training job completed', uploaded);
    const failureReason = algorithmError(shortText(join(folder.ml, 'output', 'failure')), exitCode);
    journal.end('Failed', 'Failed', 'Training job failed', { ...uploaded, failureReason });
  } catch (error) {
    if ((error as Error).name === 'AbortError' || error === interrupted.reason) return stopped(job, {});
    if (!(error instanceof JobFailure)) throw error;
    journal.end('Failed', 'Failed', 'Training job failed', { failureReason: error.message });
  }
}

function stopped({ journal, interrupted }: Job, uploaded: Partial<JobState>): void {
  if (interrupted.reason === 'maxRuntime') {
    const message = 'Training job runtime exceeded MaxRuntimeInSeconds provided by client';
    return journal.end('Stopped', 'MaxRuntimeExceeded', message, uploaded);
  }
  journal.end('Stopped', 'Stopped', 'Training job stopped', uploaded);
}

/** The container's files before it starts. */
function layOut({ request }: TrainingPlan, ml: string): void {
  for (const folder of ['input/config', 'input/data', 'model', 'output/data', 'code']) {
    mkdirSync(join(ml, folder), { recursive: true });
  }
  const channels = (request.InputDataConfig ?? []).map((channel) => [
    channel.ChannelName,
    {
      // FastFile looks like File from inside.
      TrainingInputMode: 'File',
      S3DistributionType: channel.DataSource?.S3DataSource?.S3DataDistributionType ?? 'FullyReplicated',
      RecordWrapperType: channel.RecordWrapperType ?? 'None',
      ContentType: channel.ContentType,
    },
  ]);
  const instanceType = instanceTypeOf(request);
  const group = { instance_group_name: 'homogeneousCluster', instance_type: instanceType, hosts: [HOST] };
  const config = {
    hyperparameters: request.HyperParameters ?? {},
    inputdataconfig: Object.fromEntries(channels) as object,
    resourceconfig: {
      current_host: HOST,
      hosts: [HOST],
      network_interface_name: 'lo',
      current_instance_type: instanceType,
      current_group_name: 'homogeneousCluster',
      instance_groups: [group],
    },
    ...(request.CheckpointConfig && {
      checkpointconfig: { LocalPath: request.CheckpointConfig.LocalPath ?? '/opt/ml/checkpoints' },
    }),
  };
  for (const [name, content] of Object.entries(config)) {
    writeFileSync(join(ml, 'input/config', `${name}.json`), JSON.stringify(content));
  }
}

const instanceTypeOf = ({ ResourceConfig }: CreateTrainingJobRequest): string | undefined =>
  ResourceConfig?.InstanceType ??
  ResourceConfig?.InstancePreferences?.[0]?.InstanceType ??
  ResourceConfig?.InstanceGroups?.[0]?.InstanceType;

/** @returns the checkpoints' mirror, restored from S3, where the job has one */
async function downloadInputs(
  request: CreateTrainingJobRequest,
  { folder, interrupted }: Job,
): Promise<FolderMirror | undefined> {
  for (const { ChannelName = '', DataSource } of request.InputDataConfig ?? []) {
    const uri = DataSource?.S3DataSource?.S3Uri ?? '';
    await transfer('Data download', uri, () => download(uri, join(folder.ml, 'input/data', ChannelName), interrupted));
  }
  const { S3Uri, LocalPath = '/opt/ml/checkpoints' } = request.CheckpointConfig ?? {};
  if (!S3Uri) return undefined;
  const local = rerooted(LocalPath, folder.ml);
  await transfer('Data download', S3Uri, () => download(under(S3Uri, ''), local, interrupted));
  const mirror = new FolderMirror(local, S3Uri, true);
  await mirror.assumeEqual();
  return mirror;
}

async function train(plan: TrainingPlan, job: Job, checkpoints: FolderMirror | undefined): Promise<number> {
  const { journal, interrupted } = job;
  journal.enter('Training', 'Training image download completed. Training in progress.');
  const metrics = new MetricReader(plan.request.AlgorithmSpecification?.MetricDefinitions);
  let unsaved = false;
  const log = new LogWriter(plan.logPath, (line, time) => {
    unsaved = metrics.read(line, time) || unsaved;
  });
  const save = setInterval(() => {
    if (unsaved) journal.metrics(metrics.final);
    unsaved = false;
  }, 1_000);
  const sync = checkpoints && new RepeatedSync(checkpoints);
  try {
    return await run(commandOf(plan, job.folder.ml), {
      log,
      interrupted,
      graceMs: plan.stopGraceMs,
      onStart: (leader) => journal.leader(leader),
      onInterruption: () => journal.enter('Stopping', 'Stopping the training job', 'Stopping'),
    });
  } finally {
    clearInterval(save);
    log.close();
    journal.leader(undefined);
    journal.metrics(metrics.final);
    await sync?.end();
  }
}

/** Script mode by the real toolkit, unless the request brings a command of its own. */
function commandOf({ request, python, name, arn }: TrainingPlan, ml: string): Command {
  const { ContainerEntrypoint, ContainerArguments = [] } = request.AlgorithmSpecification ?? {};
  const line = [...(ContainerEntrypoint ?? [programOf(python, 'train')]), ...ContainerArguments];
  return {
    line: line.map((part) => rerooted(part, ml)),
    folder: ml,
    environment: {
      ...containerEnvironment(python, request.Environment, ml),
      TRAINING_JOB_NAME: name,
      TRAINING_JOB_ARN: arn,
      SAGEMAKER_BASE_DIR: ml,
      SAGEMAKER_TRAINING_MODULE: 'sagemaker_pytorch_container.training:main',
      // Keeps the toolkit from waiting for the hosts' names to resolve.
      SM_STUDIO_LOCAL_MODE: 'true',
    },
  };
}

/** @param expectsModel  whether the job is to name its artefact even when the script wrote none, as AWS does */
async function uploadArtefacts(
  request: CreateTrainingJobRequest,
  ml: string,
  expectsModel: boolean,
): Promise<Partial<JobState>> {
  const { S3OutputPath = '', CompressionType = 'GZIP' } = request.OutputDataConfig ?? {};
  const base = under(S3OutputPath, `${request.TrainingJobName}/output`);
  const upload = async (source: string, name: string): Promise<{ uri: string; isEmpty: boolean }> => {
    const folder = join(ml, source);
    const isEmpty = (await filesBelow(folder)).length === 0;
    const uri = CompressionType === 'NONE' ? `${base}/${name}/` : `${base}/${name}.tar.gz`;
    if (isEmpty) return { uri, isEmpty };
    await transfer('Artifact upload', uri, () =>
      CompressionType === 'NONE' ? new FolderMirror(folder, uri, false).upload() : putStream(uri, tarball(folder)),
    );
    return { uri, isEmpty };
  };
  await upload('output/data', 'output');
  const model = await upload('model', 'model');
  return model.isEmpty && !expectsModel ? {} : { modelArtifact: model.uri };
}
