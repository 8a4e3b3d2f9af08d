/**
 * Puts the parts together: service models, operations, jobs and endpoints of earlier runs, one server.
 * @module
 */
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { autoscalingOperations } from './autoscaling.js';
import { BatchJobs } from './bedrock/batchJobs.js';
import { converseOperation, converseRecord } from './bedrock/converse.js';
import { LanguageModel } from './bedrock/languageModel.js';
import type { Context, Operations } from './context.js';
import { experimentOperations } from './experiments.js';
import { Faults } from './faults.js';
import { hostingOperations, invokeEndpoint, killHosting, resumeHosting } from './hosting/index.js';
import { trafficOf } from './hosting/traffic.js';
import { serveInstantly } from './instant/instantEndpoints.js';
import { InstantJobs } from './instant/instantJobs.js';
import { simulatedCurve } from './instant/simulatedObjective.js';
import { JobFolder, isTerminal, type JobKind } from './jobs/jobFolder.js';
import { announceProcessing, processingOperations } from './jobs/processing.js';
import { identify, isAlive, killContainers, signalGroup, type ProcessIdentity } from './jobs/processIdentity.js';
import { Supervisor, type Announce } from './jobs/supervisor.js';
import { announceTraining, trainingOperations } from './jobs/training.js';
import { logOperations } from './logs.js';
import { createEmulatorServer, type Api } from './server.js';
import { loadServiceModel } from './serviceModel.js';
import { quotaOperations } from './quotas.js';
import { registryOperations } from './registry.js';
import { LARGEST_BODY, s3VectorsOperations } from './s3vectors/index.js';
import { tagOperations } from './tags.js';
import { printedCurves } from './tuning/curve.js';
import { Tuner } from './tuning/tuner.js';
import { tuningOperations } from './tuning/tuning.js';
import { checked } from './validate.js';
import { writeWhole } from './wholeFile.js';

export interface Emulator {
  /** Ends the server; jobs and endpoints go on. */
  close(): Promise<void>;
}

const ANNOUNCERS = { 'training-job': announceTraining, 'processing-job': announceProcessing };

/**
 * @param port  0: any free one
 * @throws Error when another emulator works on the same state folder, or the port is taken
 */
export async function listen(context: Context, port: number): Promise<Emulator> {
  const { settings } = context;
  const mark = takeFolder(settings.stateDir);
  const faults = new Faults();
  context.emit = faults.overEvents(context.emit);
  const announce: Announce = (record, transition) => ANNOUNCERS[record.kind](context, record, transition);
  trafficOf(context).inAlarm = (alarm) => faults.inAlarm(alarm);
  const { instant } = settings;
  const jobs = instant
    ? new InstantJobs(context, instant, announce, (record) => faults.endOf(record))
    : new Supervisor(context, announce, (record) => faults.interruptionsOf(record));
  const endpoints = instant && (await serveInstantly(context, instant));
  const tuner = new Tuner(context, jobs, instant ? simulatedCurve : printedCurves());
  const operations: Operations = {
    ...trainingOperations(jobs),
    ...processingOperations(jobs),
    ...tuningOperations(tuner),
    ...hostingOperations,
    ...registryOperations,
    ...experimentOperations,
    ...tagOperations,
  };
  const vectors = s3VectorsOperations(settings);
  const { languageModel } = settings;
  const model = languageModel && new LanguageModel(languageModel, settings.stateDir);
  await model?.start();
  const bedrock = model && bedrockOf(context, model);
  const server = createEmulatorServer({
    context,
    faults,
    openAi: model && { model, faults, apiKey: languageModel.apiKey },
    apis: [
      ...(bedrock?.apis ?? []),
      { model: loadServiceModel('sagemaker', Object.keys(operations), settings), operations },
      {
        model: loadServiceModel('application-autoscaling', Object.keys(autoscalingOperations), settings),
        operations: autoscalingOperations,
      },
      { model: loadServiceModel('logs', Object.keys(logOperations), settings), operations: logOperations },
      {
        model: loadServiceModel('service-quotas', Object.keys(quotaOperations), settings),
        operations: quotaOperations,
      },
      {
        model: loadServiceModel('s3vectors', Object.keys(vectors), settings),
        operations: vectors,
        largestBody: LARGEST_BODY,
      },
    ],
    invoke: invokeEndpoint,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  settings.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  jobs.resume();
  bedrock?.batches.resume();
  tuner.resume();
  resumeHosting(context);
  return {
    close: () =>
      new Promise((resolve) => {
        tuner.close();
        jobs.close();
        endpoints?.close();
        bedrock?.batches.close();
        model?.close();
        rmSync(mark, { force: true });
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a language model answers: one request, or the records of a job. */
function bedrockOf(context: Context, model: LanguageModel): { apis: Api[]; batches: BatchJobs } {
  const runtime: Operations = { Converse: converseOperation(model) };
  const shapes = loadServiceModel('bedrock-runtime', Object.keys(runtime), context.settings);
  const record = (input: object): object => checked(shapes, shapes.operations.get('Converse')!, input);
  const batches = new BatchJobs(context, converseRecord(model, record));
  const control = loadServiceModel('bedrock', Object.keys(batches.operations), context.settings);
  return {
    apis: [
      { model: shapes, operations: runtime },
      { model: control, operations: batches.operations },
    ],
    batches,
  };
}

/** One emulator a state folder: two would each believe that its memory is the state. */
function takeFolder(stateDir: string): string {
  const mark = join(stateDir, 'emulator.json');
  const holder = existsSync(mark) ? (JSON.parse(readFileSync(mark, 'utf8')) as ProcessIdentity) : undefined;
  if (holder && isAlive(holder)) {
    throw new Error(`process ${holder.pid} already works on ${stateDir}: stop it, or choose another --state folder`);
  }
  writeWhole(mark, JSON.stringify(identify(process.pid)));
  return mark;
}

/** Ends every job and endpoint process of a state folder. */
export async function killAll(context: Context): Promise<void> {
  const { stateDir } = context.settings;
  for (const kind of ['training-job', 'processing-job'] satisfies JobKind[]) {
    const folder = join(stateDir, 'jobs', kind);
    for (const name of existsSync(folder) ? readdirSync(folder) : []) killJob(JobFolder.of(stateDir, kind, name));
  }
  await killHosting(context);
}

function killJob(folder: JobFolder): void {
  if (!existsSync(folder.statePath)) return;
  const state = folder.state();
  if (isTerminal(state)) return;
  const runner = folder.runner();
  if (runner) signalGroup(runner, 'SIGKILL');
  killContainers(folder.path, state.leaders);
}
