/**
 * Runs one training job: its hosts, their channels, the real training toolkit, the artefacts; again from the start for a spot
 * job that lost its instances.
 * @module
 */
import { join } from 'node:path';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { gather, hostsOf, layOut, type Host } from './cluster.js';
import { rerooted, type Interruption } from './container.js';
import { algorithmError, JobFailure, shortText, transfer, type Job } from './job.js';
import type { JobState } from './jobFolder.js';
import { MetricReader } from './metrics.js';
import { RepeatedSync } from './repeatedSync.js';
import { runHosts, type End, type TrainingPlan } from './runHosts.js';
import { download, filesBelow, FolderMirror, putStream, under } from '../s3.js';
import { SpotMarket } from './spot.js';
import { tarball } from './tarball.js';

export async function runTraining(plan: TrainingPlan, job: Job): Promise<void> {
  const { journal, interrupted, folder } = job;
  if (interrupted.aborted) return stopped(job, {});
  const market = new SpotMarket(job);
  const hosts = hostsOf(plan.request, plan, folder);
  try {
    await market.launch();
    journal.started();
    let end = await attempt(plan, job, hosts, market);
    while (end === 'lost') {
      journal.enter('Interrupted', 'Training job was interrupted: its spot instances were taken away');
      folder.removeHosts();
      await market.relaunch();
      end = await attempt(plan, job, hosts, market);
    }
    await finish(plan, job, hosts, end);
  } catch (error) {
    if ((error as Error).name === 'AbortError' || error === interrupted.reason) return stopped(job, {});
    if (!(error instanceof JobFailure)) throw error;
    journal.end('Failed', 'Failed', 'Training job failed', { failureReason: error.message });
  }
}

/** From the empty machines to the end of the containers; all of it again after an interruption. */
async function attempt(plan: TrainingPlan, job: Job, hosts: Host[], market: SpotMarket): Promise<End | 'lost'> {
  layOut(plan.request, hosts);
  job.journal.enter('Downloading', 'Downloading input data');
  const checkpoints = await downloadInputs(plan.request, hosts, job.interrupted);
  const end = await train(plan, job, hosts, checkpoints, market);
  if (end === 'lost' && !market.present.lastSync) return end;
  for (const mirror of checkpoints) {
    await transfer('Artifact upload', plan.request.CheckpointConfig?.S3Uri ?? '', () => mirror.upload());
  }
  return end;
}

async function finish(plan: TrainingPlan, job: Job, hosts: Host[], { exitCode, host }: End): Promise<void> {
  const { journal, interrupted } = job;
  if (!interrupted.aborted) journal.enter('Uploading', 'Uploading generated training model');
  // A stop that comes while artefacts are uploaded comes too late: the job has ended.
  const wasInterrupted = interrupted.aborted;
  const uploaded = await uploadArtefacts(plan.request, hosts, exitCode === 0 && !wasInterrupted);
  if (wasInterrupted) return stopped(job, uploaded);
  if (!host) return journal.end('Completed', 'Completed', 'Training job completed', uploaded);
  const failureReason = algorithmError(shortText(join(host.ml, 'output', 'failure')), exitCode);
  journal.end('Failed', 'Failed', 'Training job failed', { ...uploaded, failureReason });
}

const EARLY_ENDS = {
  maxRuntime: ['MaxRuntimeExceeded', 'Training job runtime exceeded MaxRuntimeInSeconds provided by client'],
  maxWait: ['MaxWaitTimeExceeded', 'Training job wait time exceeded MaxWaitTimeInSeconds provided by client'],
  stop: ['Stopped', 'Training job stopped'],
} as const satisfies Record<Interruption, [string, string]>;

function stopped({ journal, interrupted }: Job, uploaded: Partial<JobState>): void {
  const [secondary, message] = EARLY_ENDS[interrupted.reason as Interruption];
  journal.end('Stopped', secondary, message, uploaded);
}

/** @returns the checkpoints' mirrors, restored from S3, one a host, where the job has them: all share one prefix */
async function downloadInputs(
  request: CreateTrainingJobRequest,
  hosts: Host[],
  interrupted: AbortSignal,
): Promise<FolderMirror[]> {
  const { S3Uri, LocalPath = '/opt/ml/checkpoints' } = request.CheckpointConfig ?? {};
  const mirrors: FolderMirror[] = [];
  for (const [index, { ml }] of hosts.entries()) {
    for (const { ChannelName = '', DataSource } of request.InputDataConfig ?? []) {
      const { S3Uri: uri = '', S3DataDistributionType } = DataSource?.S3DataSource ?? {};
      const isSharded = S3DataDistributionType === 'ShardedByS3Key';
      const mine = isSharded ? (place: number) => place % hosts.length === index : undefined;
      const folder = join(ml, 'input/data', ChannelName);
      await transfer('Data download', uri, () => download(uri, folder, interrupted, mine));
    }
    if (!S3Uri) continue;
    const local = rerooted(LocalPath, ml);
    await transfer('Data download', S3Uri, () => download(under(S3Uri, ''), local, interrupted));
    const mirror = new FolderMirror(local, S3Uri, true);
    await mirror.assumeEqual();
    mirrors.push(mirror);
  }
  return mirrors;
}

async function train(
  plan: TrainingPlan,
  job: Job,
  hosts: Host[],
  checkpoints: FolderMirror[],
  market: SpotMarket,
): Promise<End | 'lost'> {
  const { journal } = job;
  journal.enter('Training', 'Training image download completed. Training in progress.');
  const metrics = new MetricReader(plan.request.AlgorithmSpecification?.MetricDefinitions);
  const hold = market.hold();
  let unsaved = false;
  const onLine = (line: string, time: number): void => {
    unsaved = metrics.read(line, time) || unsaved;
    hold.line(line);
  };
  const save = setInterval(() => {
    if (unsaved) journal.metrics(metrics.final);
    unsaved = false;
  }, 1_000);
  const syncs = checkpoints.map((mirror) => new RepeatedSync(mirror));
  try {
    const end = await runHosts(plan, job, hosts, hold.lost, onLine);
    return hold.lost.aborted && end.host && !job.interrupted.aborted ? 'lost' : end;
  } finally {
    hold.release();
    clearInterval(save);
    journal.containersEnded();
    journal.metrics(metrics.final);
    for (const sync of syncs) await sync.end();
  }
}

/** @param expectsModel  whether the job is to name its artefact even when the script wrote none, as AWS does */
async function uploadArtefacts(
  request: CreateTrainingJobRequest,
  hosts: Host[],
  expectsModel: boolean,
): Promise<Partial<JobState>> {
  const { S3OutputPath = '', CompressionType = 'GZIP' } = request.OutputDataConfig ?? {};
  const base = under(S3OutputPath, `${request.TrainingJobName}/output`);
  const upload = async (source: string, name: string): Promise<{ uri: string; isEmpty: boolean }> => {
    const folder = await gather(hosts, source);
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
