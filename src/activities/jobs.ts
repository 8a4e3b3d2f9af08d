/**
 * Training, tuning and processing jobs: planned, started or adopted, looked at, stopped. Submit and wait are two activities, so that
 * a restart in the middle of a wait costs nothing.
 * @module
 */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { isAlreadyThere, isNotFound, isWrongState, toFailure } from '../aws/errors.js';
import type { JobTerms } from '../aws/requests/named.js';
import {
  baseRequest,
  embedRequest,
  evaluateRequest,
  indexRequest,
  passagesRequest,
  prepareRequest,
} from '../aws/requests/processing.js';
import { trainRequest } from '../aws/requests/training.js';
import { tuneRequest } from '../aws/requests/tuning.js';
import { announcedPollMs } from '../run/polls.js';
import { endpointNameOf } from '../run/endpoint.js';
import { folderOfModel, logTailFile } from '../run/files.js';
import type { Incumbent, Run } from '../run/run.js';
import { indexFilesOf } from '../run/vectorIndex.js';
import type { JobLimits } from '../spec/budget.js';
import { fail } from '../spec/failures.js';
import { placesOf, type Place } from '../spec/places.js';
import { computeOf, countOf, STAGES, type JobStage } from '../spec/stages.js';
import { baseCopyOf } from './baseCopy.js';
import { claimOf } from './claim.js';
import { calling, isToTell, looking, now, patienceWith, unbrokenMs } from './call.js';
import type { Deps } from './deps.js';
import { describeJob } from './describeJob.js';
import { findIncumbent } from './incumbent.js';
import { create, isOwn, stop, type JobRequest } from './jobKinds.js';
import type { JobRef, JobSnapshot } from './jobSnapshot.js';
import { keepLogTail, type LogTailPlace } from './logs.js';
import { rivalOf, type Rival } from './ownModel.js';
import { pollDelayMs } from './pollPolicy.js';
import { servedEngine } from './servedEngine.js';
import { trainPairsIn } from './tuning.js';
import { doneVariables, wholeShards } from './vectorIndex/done.js';
import { versionOf } from './vectorIndex/serving.js';

export interface JobPlan extends JobRef {
  stage: JobStage;
  attempt: number;
  /** The one type, or "A or B" where SageMaker chooses. */
  instanceType: string;
  place: Place;
  /** Instances. */
  count: number;
  maxRuntimeSeconds: number;
  /** The budget ends the job before its own limit. */
  endsForBudget: boolean;
  requestHash: string;
  request: JobRequest;
  /** The model in service that the candidate is compared with. */
  incumbent?: Incumbent;
  /** Where the end of its log goes, if it fails. */
  logTail?: LogTailPlace;
  /** ISO 8601: when planning asked AWS for something, which was the stage's first call then. */
  firstCallAt?: string;
  /** A job of this name has ended already, and not well: an earlier try of the same run made it. The next attempt follows. */
  ended?: JobSnapshot;
  /** SageMaker knows no job of this name. */
  absent?: true;
}

export interface PlanJob {
  run: Run;
  stage: JobStage;
  attempt: number;
  /** model.tar.gz to evaluate, or to embed with. */
  candidate?: string;
  /** A base to evaluate without a candidate. */
  untuned?: Untuned;
  /** The index is brought level, and not made anew: where what it has is listed, and what its job leaves goes. */
  sync?: { part: string; known: string };
  /** What it is compared with. Default: the model in service. */
  rival?: Rival;
  /** What the run has to say so far, for the evaluation's report. */
  notices?: string[];
  /** Default: the first of the stage. */
  place?: Place;
  /** Default: the stage's own. */
  limits?: JobLimits;
}

/** One of the bases that are compared. */
export interface Untuned {
  /** From 0, in the order of the spec. */
  index: number;
  /** Whether the model in service is asked too: one of the jobs is enough. */
  withIncumbent: boolean;
  /** Whether others were evaluated before: the page then shows them all. */
  hasEarlier: boolean;
}

export interface AwaitJob extends JobRef {
  lastSeen?: string;
  pollMs: number;
  freshPollMs: number;
  /** An event announced a change: Describe may show it a moment later. */
  woken: boolean;
  /** Events reach this wait. */
  announced: boolean;
  /** Absent: the job may take as long as it takes. */
  overdue?: Overdue;
  /** The run wants to hear once of a look that is refused. */
  tellsRefusal?: boolean;
  /** How often this wait has come back with a move. Default 0. */
  moves?: number;
}

/** When a job that has not ended is taken for stuck: SageMaker's own limits should have ended it. */
export interface Overdue {
  /** So long after its start, by SageMaker's own times, or after its creation where it has not started. Default 0. */
  afterMs?: number;
  /** And each look over so long has found it so: what an outage kept from being seen may be seen a moment later. */
  seenForMs: number;
}

/** What a wait comes back with where it is not how the job stands. */
export type NoSnapshot =
  /** AWS does not answer; the look goes on. */
  | { refused: string }
  /** SageMaker has not known the job for longer than it can have run. */
  | { lost: string };

/**
 * Each move that a wait comes back with is told to the run, whose history has to last as long as the job. No job moves so often
 * but a spot job that is interrupted again and again: of that one's moves, the run hears in so long at most.
 */
const MOST_MOVES = 300;
const SELDOM_MS = 3_600_000;

/** Describe may not know a job yet that Create just made. */
const NOT_VISIBLE_MS = 60_000;

export const createJobActivities = (deps: Deps) => ({
  /**
   * Builds the request and the name it will have, and looks whether a job of this name has ended. Nothing is paid for.
   * A run that was reset comes here again: a job that runs or has completed is there to be adopted.
   */
  async planJob(ask: PlanJob): Promise<JobPlan> {
    const { run, stage, attempt, ...given } = ask;
    const compute = computeOf(run.spec, stage);
    const place = given.place ?? placesOf(compute)[0]!;
    const limits = given.limits ?? { maxRuntimeSeconds: compute.maxRuntimeSeconds };
    const kind = STAGES[stage].as;
    const requested = await REQUEST[stage](deps, ask, { attempt, place, limits });
    return {
      kind,
      stage,
      attempt,
      place,
      instanceType: place.instanceTypes.join(' or '),
      count: countOf(run.spec, stage),
      maxRuntimeSeconds: limits.maxRuntimeSeconds,
      endsForBudget: limits.stopAfterSeconds !== undefined,
      logTail: { uri: logTailFile(run, requested.name), outputKmsKeyId: run.spec.encryption.outputKmsKeyId },
      ...requested,
      ...(await foundBefore(deps, { kind, name: requested.name }, run)),
    };
  },

  /**
   * Starts the job, or finds the one an earlier attempt started.
   *
   * @throws NameTaken (final): a job of this name exists with another request
   * @throws QuotaExceeded (final): no waiting helps, or not within `quotaMs`; the details say which type's quota
   */
  async startJob({ kind, name, request, requestHash, pollMs, quotaMs }: StartJob): Promise<StartedJob> {
    const calledAt = now();
    const doing = `starting ${kind} job ${name}`;
    try {
      return { arn: await create(deps, kind, request), calledAt, adopted: false };
    } catch (error) {
      if (!isAlreadyThere(error))
        throw toFailure(error, doing, { ...patienceWith(error, deps), quotaRetryMs: quotaRetryMs(quotaMs, pollMs) });
    }
    return calling(`adopting ${kind} job ${name}`, deps, async () => {
      const { arn } = await describeJob(deps, { kind, name });
      if (await isOwn(deps, { kind, name, arn, requestHash })) return { arn, calledAt, adopted: true };
      throw fail('NameTaken', `${doing}: a job of this name exists that this run did not request (${arn})`);
    });
  },

  /** One Describe call. Returns when the job moved since `lastSeen`; otherwise fails so that the server asks again. */
  async awaitJob(wait: AwaitJob): Promise<JobSnapshot | NoSnapshot> {
    const { kind, name, lastSeen, pollMs, freshPollMs, woken, announced, overdue } = wait;
    const { attempt } = activityInfo();
    // What has just been seen need not be looked at again, where the next change is announced.
    const rests = announced && !woken && lastSeen !== undefined;
    if (rests && attempt === 1) throw stillRunning(lastSeen, jittered(announcedPollMs(pollMs)));
    const describeCalls = rests ? attempt - 1 : attempt;
    let job: JobSnapshot;
    try {
      job = await looking(lookingAt({ kind, name }), deps, () => describeJob(deps, { kind, name }, lastSeen), pollMs);
    } catch (error) {
      return withoutAnswer(wait, error);
    }
    if (job.key !== lastSeen && (job.end !== undefined || !isTooSoon(wait))) return { ...job, describeCalls };
    if (overdue && isPast(job, overdue) && unbrokenMs('overdue') >= overdue.seenForMs) {
      return { ...job, describeCalls, overdue: true };
    }
    const intervals = { pollMs, freshPollMs, announced };
    const delay = woken && attempt <= 3 ? freshPollMs : pollDelayMs(job, Date.now(), intervals);
    throw stillRunning(job.headline, jittered(delay));
  },

  /** Asks for the stop. A job that has ended, is stopping already, or never was, is as good as stopped. */
  async stopJob({ kind, name }: JobRef): Promise<void> {
    await calling(`stopping ${kind} job ${name}`, deps, async () => {
      try {
        await stop(deps, { kind, name });
      } catch (error) {
        if (!isWrongState(error) && !isNotFound(error)) throw error;
      }
    });
  },

  /** How the job stands; null when there is none. */
  lookAtJob: (job: JobRef): Promise<JobSnapshot | null> => looking(lookingAt(job), deps, () => jobIfAny(deps, job)),

  /** Keeps the end of the job's log in S3. @returns where; nothing where there is no log, or the plan is of an earlier version */
  async readLogTail({ to, ...job }: JobRef & { to?: LogTailPlace }): Promise<{ uri?: string }> {
    if (to === undefined) return {};
    const kept = await calling(`keeping the log of ${job.kind} job ${job.name}`, deps, () =>
      keepLogTail(deps, job, to),
    );
    return kept ? { uri: to.uri } : {};
  },
});

/**
 * A wait whose look was not answered: comes back where the run has to hear of it, and is otherwise tried again.
 *
 * A job that was created and is not known has either just been created, or been deleted, or the credentials have become
 * those of another account or region, where it would run on. Only in longer than it can run is it sure to be over.
 */
function withoutAnswer(
  { kind, name, lastSeen, pollMs, freshPollMs, overdue, tellsRefusal }: AwaitJob,
  error: unknown,
): NoSnapshot {
  if (!(error instanceof ApplicationFailure)) throw error;
  if (!isNotFound(error.cause)) {
    if (tellsRefusal && isToTell(error)) return { refused: error.message };
    throw error;
  }
  const young = lastSeen === undefined && Date.now() - activityInfo().scheduledTimestampMs < NOT_VISIBLE_MS;
  if (young) throw stillRunning('not visible yet', freshPollMs);
  const what = `${kind === 'batch' ? 'Amazon Bedrock' : 'SageMaker'} does not know ${kind} job ${name}, which this run has started`;
  if (overdue && unbrokenMs('missing') > Math.max(overdue.afterMs ?? 0, overdue.seenForMs)) return { lost: what };
  const words = `${what}: has it been deleted, or are the worker's credentials of another account or region? Asked again`;
  if (tellsRefusal) return { refused: words };
  throw stillRunning(words, jittered(pollMs));
}

const isTooSoon = ({ lastSeen, moves = 0 }: AwaitJob): boolean =>
  lastSeen !== undefined && moves >= MOST_MOVES && Date.now() - activityInfo().scheduledTimestampMs < SELDOM_MS;

const isPast = ({ startedAt, createdAt }: JobSnapshot, { afterMs = 0 }: Overdue): boolean =>
  Date.now() - Date.parse(startedAt ?? createdAt) > afterMs;

type Requested = Pick<JobPlan, 'name' | 'requestHash' | 'request' | 'incumbent' | 'firstCallAt'>;

/** What each stage asks SageMaker for. */
const REQUEST: Record<JobStage, (deps: Deps, ask: PlanJob, terms: JobTerms) => Promise<Requested>> = {
  questions: async (_, { run }, terms) => passagesRequest(run, terms),
  prepare: async (_, { run }, terms) => prepareRequest(run, terms),
  train: async (deps, { run }, terms) => trainRequest(run, terms, await baseCopyOf(deps, run)),
  tune: async (deps, { run }, terms) =>
    tuneRequest(run, terms, await trainPairsIn(deps, run), await baseCopyOf(deps, run)),
  evaluate: async (deps, { run, candidate, untuned, rival, notices }, terms) => {
    if (untuned) return requestOfBase(deps, run, untuned, terms);
    if (candidate === undefined) throw fail('RequestRefused', 'planning the evaluation: no model was given');
    const firstCallAt = rival === undefined && endpointNameOf(run.spec) ? now() : undefined;
    const { incumbent } = rival ?? (await rivalOf(deps, run, candidate, undefined));
    const base = await baseCopyOf(deps, run);
    const request = evaluateRequest(run, terms, { candidate, incumbent: incumbent?.modelDataUrl, base, notices });
    return { ...request, incumbent, firstCallAt };
  },
  index: async (deps, { run, candidate, sync }, terms) => {
    if (candidate === undefined) throw fail('RequestRefused', 'planning the index: no model was given');
    const part = sync?.part ?? versionOf(run, candidate);
    const readsSource = sync !== undefined || run.spec.index?.source !== undefined;
    const [engine, whole] = await Promise.all([
      servedEngine(deps, { folder: folderOfModel(candidate) ?? run.folder }),
      // What is read anew may be cut into other shards by now.
      readsSource ? [] : wholeShards(deps, indexFilesOf(run, part).folder),
    ]);
    const done = doneVariables(whole);
    return indexRequest(run, terms, { model: candidate, part, engine, done, readsSource, known: sync?.known });
  },
  embed: async (deps, { run, candidate }, terms) => {
    const done = doneVariables(await wholeShards(deps, run.spec.embed!.output));
    return embedRequest(run, terms, { model: candidate, engine: run.embedding!.engine, done });
  },
};

async function requestOfBase(deps: Deps, run: Run, untuned: Untuned, terms: JobTerms): Promise<Requested> {
  const endpoint = untuned.withIncumbent ? endpointNameOf(run.spec) : undefined;
  const firstCallAt = endpoint && now();
  const incumbent = endpoint ? await findIncumbent(deps, endpoint, claimOf(run.spec, run.namespace)) : undefined;
  const { index, hasEarlier } = untuned;
  const copy = run.spec.bases![index] === run.spec.base ? await baseCopyOf(deps, run) : undefined;
  const request = baseRequest(run, terms, { index, hasEarlier, incumbent: incumbent?.modelDataUrl, copy });
  return { ...request, incumbent, firstCallAt };
}

/**
 * The job as it ended, unless it has completed or runs; or that there is none.
 *
 * @throws JobStillRunning (tried again) while it stops: it has not ended, and there is nothing to adopt any more
 */
export async function foundBefore(
  deps: Deps,
  job: JobRef,
  { spec }: Pick<Run, 'spec'>,
): Promise<Pick<JobPlan, 'ended' | 'absent'>> {
  const found = await calling(lookingAt(job), deps, () => jobIfAny(deps, job));
  if (found === null) return { absent: true };
  if (found.status === 'Stopping') {
    throw stillRunning(
      `${job.kind} job ${job.name} of an earlier try stops`,
      jittered(spec.timings.pollSeconds * 1000),
    );
  }
  return found.end === undefined || found.end === 'completed' ? {} : { ended: found };
}

const jobIfAny = (deps: Deps, job: JobRef): Promise<JobSnapshot | null> =>
  describeJob(deps, job).catch((error: unknown) => {
    if (isNotFound(error)) return null;
    throw error;
  });

const lookingAt = ({ kind, name }: JobRef): string => `looking at ${kind} job ${name}`;

export type StartJob = Pick<JobPlan, 'kind' | 'name' | 'request' | 'requestHash'> & {
  pollMs: number;
  /** How long to wait for other jobs to free the quota. */
  quotaMs: number;
};

/** The last try comes when the time is up. */
function quotaRetryMs(quotaMs: number, pollMs: number): number {
  const leftMs = quotaMs - (Date.now() - activityInfo().scheduledTimestampMs);
  return Math.max(0, Math.min(2 * pollMs, leftMs));
}

export interface StartedJob {
  arn: string;
  /** ISO 8601: when the Create call went out. */
  calledAt: string;
  /** Found, not made. */
  adopted: boolean;
}

/** Expected, so no error log and no failure metric; the message is the status line under Pending Activities. */
export const stillRunning = (headline: string, nextRetryDelay: number): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'JobStillRunning',
    message: headline.slice(0, 400),
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay,
  });

/** Many runs that wait must not ask in step. */
export const jittered = (ms: number): number => Math.max(1, Math.round(ms * (0.9 + Math.random() / 5)));
