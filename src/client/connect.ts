/**
 * The public object: everything that can be done with runs.
 * @module
 */
import { embed, type EmbedOptions, type EmbedRequest, type StartedEmbedding } from './embedding/embed.js';
import type { Client } from '@temporalio/client';
import type { RolledBack } from '../run/rollback.js';
import type { Verdict } from '../run/progress.js';
import type { SyncedIndex } from '../run/vectorIndex.js';
import { awsClients } from './aws.js';
import { doctor, type Finding } from './doctor.js';
import { checkFor, type CheckOptions, type SpecCheck } from './inputs/check.js';
import { approveRun, cancelRun, rejectRun, type Cancelled, type CancelOptions } from './runs/decide.js';
import { buildIndex, type StartedBuild } from './index/build.js';
import { syncIndex, type SyncOptions } from './index/sync.js';
import { orRecorded, unlessForgotten } from './runs/recorded.js';
import { isSpecFile, readerOf, specOf, type Reader } from './reader.js';
import { retryRun, type Retried, type RetryOptions } from './runs/retry.js';
import { schedulesOf, type AppliedSchedule, type ApplyOptions, type Schedules } from './schedules/schedule.js';
import { rollback, type RollbackOptions } from './service/rollback.js';
import { undeploy, undeployable, type Undeployed } from './service/undeploy.js';
import { settingsWithRegion } from './settings.js';
import { submit, type SubmitOptions, type Submitted } from './runs/submit.js';
import { sweep, type Sweep, type SweepOptions } from './sweep/sweep.js';
import { knownBy } from './sweep/temporal.js';
import { connectTemporal, findRun, openAlready } from './temporal.js';
import { runPage, schedulePage } from './ui.js';
import { toldByTemporal } from './runs/told.js';
import { watch, type WatchEvent, type WatchOptions } from './runs/watch.js';

/** `id` is a workflow id, or a spec's name: then its latest run. */
export interface Attune extends Reader {
  /** Starts a run, or finds the one that runs already from the same spec and data. @throws SpecRefused */
  submit(specOrPath: string | object, options?: SubmitOptions): Promise<Submitted>;
  /** Every fault of a spec at once, and what it is likely to cost; nothing is uploaded or started. */
  check(specOrPath: string | object, options?: CheckOptions): Promise<SpecCheck>;
  /** Ends with an event of type `end`. */
  watch(id: string, options?: WatchOptions): AsyncIterable<WatchEvent>;
  /** The run's page in Temporal's UI; its path alone, where the UI's address is not known. */
  page(id: string): Promise<{ workflowId: string; ui: string }>;
  /** Puts a candidate that waits for approval into service. */
  approve(id: string, verdict: Verdict): Promise<{ workflowId: string }>;
  reject(id: string, verdict: Verdict): Promise<{ workflowId: string }>;
  /** Has texts embedded into a folder of vectors; what is whole there already is not made again. @throws SpecRefused with every problem at once */
  embed(request: EmbedRequest, options?: EmbedOptions): Promise<StartedEmbedding>;
  /** Waits until the run has cleaned up. */
  cancel(id: string, reason?: string, options?: CancelOptions): Promise<Cancelled>;
  /** Goes on with a run that failed or was cancelled, from the stage that failed or an earlier one. */
  retry(id: string, options?: RetryOptions): Promise<Retried>;
  /** What no running workflow owns; with `delete`, stops and removes it. */
  sweep(options?: SweepOptions): Promise<Sweep>;
  /** Builds an index for the model that serves at the spec's endpoint; it is followed by `watch`. */
  buildIndex(specOrPath: string | object, options?: SubmitOptions): Promise<StartedBuild>;
  /**
   * Brings the version of the index in service level with its documents; waits for it.
   *
   * @param specOrId  a spec, a path to one (.yaml, .yml or .json), or the id of a run of it
   */
  syncIndex(specOrId: string | object, options?: SyncOptions): Promise<SyncedIndex>;
  /** A schedule does it again and again. */
  scheduleIndexSync(specOrId: string | object, options: ApplyOptions): Promise<AppliedSchedule>;
  /** Puts the model before into service again, verified; waits for it. @throws AttuneError NotAvailable where there is none */
  rollback(endpoint: string, options: RollbackOptions): Promise<RolledBack>;
  /** What `undeploy` would take away. Nothing is changed. */
  undeployable(endpoint: string): Promise<Undeployed>;
  /** Takes an endpoint away, with what attune made for it. */
  undeploy(endpoint: string): Promise<Undeployed>;
  /** Whether all is there that a run needs. Never throws: what is missing is a finding. */
  doctor(spec?: string | object): Promise<Finding[]>;
  /** Recurring runs: apply, list, pause, resume, trigger, backfill, delete. */
  schedule: Schedules;
}

export interface ConnectOptions {
  /** A Temporal client of your own, with its connection, data converter and interceptors; it stays open. Default: one by the environment. */
  client?: Client;
}

/**
 * Connects to Temporal and AWS by their own environment variables and profiles.
 *
 * @example
 * const attune = await connect();
 * const run = await attune.submit('support-search.yaml');
 * for await (const event of attune.watch(run.workflowId)) console.log(event.type);
 * await attune.close();
 *
 * @throws AttuneError (NoServer) when no Temporal server answers
 */
export async function connect(env: NodeJS.ProcessEnv = process.env, given: ConnectOptions = {}): Promise<Attune> {
  const { client, address, namespace, close } = given.client ? openAlready(given.client) : await connectTemporal(env);
  const settings = await settingsWithRegion(env);
  const aws = awsClients(env);
  const place = { address, namespace, uiAddress: settings.uiAddress };
  const page = (workflowId: string, runId: string): string => runPage(place, workflowId, runId);

  const records = { s3: aws.s3, settings, seen: new Map() };
  const known = <T>(id: string, act: () => Promise<T>): Promise<T> => unlessForgotten(records, id, act);

  const told = toldByTemporal(client, page, records);
  const account = () => ({
    temporal: knownBy(client),
    sageMaker: aws.sageMaker(),
    autoScaling: aws.autoScaling(),
  });

  const specFrom = async (specOrId: string | object): Promise<string | object> =>
    typeof specOrId === 'string' && !isSpecFile(specOrId) ? specOf(told, specOrId) : specOrId;
  const schedule = schedulesOf({ client, aws, settings, page, schedulePage: (id) => schedulePage(place, id) });

  return {
    ...readerOf(aws, told, settings),
    schedule,
    submit: (specOrPath, options) => submit({ client, aws, settings, page }, specOrPath, options),
    check: (specOrPath, options = {}) => checkFor(settings, specOrPath, options),
    embed: (request, options) => embed({ client, aws, settings, page, told }, request, options),
    watch: (id, options) => watch(client, aws.logs, records, id, options),
    page: (id) =>
      known(id, async () => {
        const { workflowId, runId } = await (await findRun(client, id)).describe();
        return { workflowId, ui: page(workflowId, runId) };
      }),
    approve: (id, verdict) => known(id, () => approveRun(client, id, verdict)),
    reject: (id, verdict) => known(id, () => rejectRun(client, id, verdict)),
    cancel: async (id, reason, options) => {
      const found = await orRecorded(records, id, () => cancelRun(client, id, reason, options));
      return 'cancelled' in found ? found : { workflowId: found.workflowId, cancelled: false, progress: found };
    },
    retry: (id, options) => known(id, () => retryRun(client, page, id, options)),
    buildIndex: (specOrPath, options) => buildIndex({ client, aws, settings, page }, specOrPath, options),
    syncIndex: async (specOrId, options) => syncIndex({ client, aws, settings }, await specFrom(specOrId), options),
    scheduleIndexSync: async (specOrId, options) =>
      schedule.apply(await specFrom(specOrId), { ...options, starts: 'syncIndex' }),
    rollback: (endpoint, options) => rollback(client, endpoint, options, settings.taskQueue),
    undeployable: (endpoint) => undeployable(account(), endpoint),
    undeploy: (endpoint) => undeploy(account(), endpoint),
    sweep: (options) => {
      const { bucket, prefix } = settings;
      return sweep(
        { ...account(), bedrock: aws.bedrock() },
        options,
        bucket ? { s3: aws.s3(), bucket, prefix } : undefined,
      );
    },
    doctor: (spec) => doctor(env, spec),
    close: async () => {
      aws.close();
      await close();
    },
  };
}
