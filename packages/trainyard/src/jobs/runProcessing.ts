/**
 * Runs one processing job: inputs come in, the command runs as it is given, outputs go out.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateProcessingJobRequest } from '@aws-sdk/client-sagemaker';
import { LogWriter } from '../logFiles.js';
import { containerCommand, rerooted, run, type Command } from './container.js';
import { algorithmError, JobFailure, shortText, transfer, type Job } from './job.js';
import type { JobFolder, JobPlan } from './jobFolder.js';
import { RepeatedSync } from './repeatedSync.js';
import { download, FolderMirror } from '../s3.js';

type ProcessingPlan = JobPlan & { kind: 'processing-job' };

interface Output {
  uri: string;
  mirror: FolderMirror;
  isContinuous: boolean;
}

export async function runProcessing(plan: ProcessingPlan, job: Job): Promise<void> {
  const { journal, interrupted, folder } = job;
  if (interrupted.aborted) return stopped(job, undefined);
  try {
    journal.started();
    layOut(plan, folder.ml);
    await downloadInputs(plan.request, job);
    const outputs = outputsOf(plan.request, folder.ml);
    const exitCode = await process(plan, job, outputs);
    const wasInterrupted = interrupted.aborted;
    for (const { uri, mirror } of outputs) await transfer('Artifact upload', uri, () => mirror.upload());
    const exitMessage = exitMessageOf(folder.ml);
    if (wasInterrupted) return stopped(job, exitMessage);
    if (exitCode === 0) return journal.end('Completed', 'Completed', 'Processing job completed', { exitMessage });
    const failureReason = algorithmError(exitMessage ?? 'See job logs for more information', exitCode);
    journal.end('Failed', 'Failed', 'Processing job failed', { failureReason, exitMessage });
  } catch (error) {
    if ((error as Error).name === 'AbortError' || error === interrupted.reason) return stopped(job, undefined);
    if (!(error instanceof JobFailure)) throw error;
    journal.end('Failed', 'Failed', 'Processing job failed', { failureReason: error.message });
  }
}

/** A processing job that ran too long ends as Stopped, like one that was told to stop. */
function stopped({ journal, interrupted }: Job, exitMessage: string | undefined): void {
  const overran = interrupted.reason === 'maxRuntime';
  const message = overran ? 'Processing job exceeded MaxRuntimeInSeconds' : 'Processing job stopped';
  const failureReason = overran
    ? 'ClientError: The job ran longer than its MaxRuntimeInSeconds and was stopped.'
    : undefined;
  journal.end('Stopped', overran ? 'MaxRuntimeExceeded' : 'Stopped', message, { exitMessage, failureReason });
}

function layOut({ request }: ProcessingPlan, ml: string): void {
  mkdirSync(join(ml, 'config'), { recursive: true });
  mkdirSync(join(ml, 'output'), { recursive: true });
  mkdirSync(join(ml, 'processing'), { recursive: true });
  const hosts = { current_host: 'algo-1', hosts: ['algo-1'] };
  writeFileSync(join(ml, 'config', 'resourceconfig.json'), JSON.stringify(hosts));
  writeFileSync(join(ml, 'config', 'processingjobconfig.json'), JSON.stringify(withNulls(request)));
  for (const { S3Output } of request.ProcessingOutputConfig?.Outputs ?? []) {
    if (S3Output?.LocalPath) mkdirSync(rerooted(S3Output.LocalPath, ml), { recursive: true });
  }
}

/** The request as the container sees it: members that were not given are null. */
const withNulls = (request: CreateProcessingJobRequest): object => ({
  ProcessingInputs: null,
  ProcessingOutputConfig: null,
  StoppingCondition: null,
  Environment: null,
  NetworkConfig: null,
  ExperimentConfig: null,
  ...request,
});

async function downloadInputs(
  { ProcessingInputs = [] }: CreateProcessingJobRequest,
  { folder, interrupted }: Job,
): Promise<void> {
  for (const { S3Input, AppManaged } of ProcessingInputs) {
    const { S3Uri = '', LocalPath } = S3Input ?? {};
    if (AppManaged || LocalPath === undefined) continue;
    const files = await transfer('Data download', S3Uri, () =>
      download(S3Uri, rerooted(LocalPath, folder.ml), interrupted),
    );
    if (files === 0) throw new JobFailure(`ClientError: Data download failed: no S3 objects found under ${S3Uri}`);
  }
}

const outputsOf = ({ ProcessingOutputConfig }: CreateProcessingJobRequest, ml: string): Output[] =>
  (ProcessingOutputConfig?.Outputs ?? []).flatMap(({ S3Output, AppManaged }) => {
    const { S3Uri = '', LocalPath, S3UploadMode } = S3Output ?? {};
    if (AppManaged || LocalPath === undefined) return [];
    const mirror = new FolderMirror(rerooted(LocalPath, ml), S3Uri, false);
    return [{ uri: S3Uri, mirror, isContinuous: S3UploadMode === 'Continuous' }];
  });

async function process(
  plan: ProcessingPlan,
  { journal, interrupted, folder }: Job,
  outputs: Output[],
): Promise<number> {
  const log = new LogWriter(plan.logPath);
  const syncs = outputs.filter(({ isContinuous }) => isContinuous).map(({ mirror }) => new RepeatedSync(mirror));
  try {
    return await run(commandOf(plan, folder), {
      log,
      interrupted,
      graceMs: plan.stopGraceMs,
      onStart: (leader) => journal.leader(leader),
      onInterruption: () => journal.enter('Stopping', 'Stopping the processing job', 'Stopping'),
    });
  } finally {
    for (const sync of syncs) await sync.end();
    log.close();
    journal.containersEnded();
  }
}

function commandOf({ request, python, namespaces }: ProcessingPlan, { ml, network }: JobFolder): Command {
  const { ContainerEntrypoint = [], ContainerArguments = [] } = request.AppSpecification ?? {};
  const isolated = request.NetworkConfig?.EnableNetworkIsolation;
  const enclosure = { python, namespaces, network: isolated ? network : undefined };
  return containerCommand(enclosure, [...ContainerEntrypoint, ...ContainerArguments], ml, request.Environment);
}

function exitMessageOf(ml: string): string | undefined {
  try {
    return shortText(join(ml, 'output', 'message'));
  } catch (error) {
    throw new JobFailure(
      `ClientError: the exit message in /opt/ml/output/message is not UTF-8: ${(error as Error).message}`,
    );
  }
}
