/**
 * The job of a stage, by as many attempts, and on as many kinds of instances, as platform and capacity ask for.
 * @module
 */
import { patched, sleep, workflowInfo, type ApplicationFailure } from '@temporalio/workflow';
import type { JobPlan, JobSnapshot, PlanJob, Rival, Run, Untuned } from '../../activities/types.js';
import { filesOf } from '../../run/files.js';
import { fail } from '../../spec/failures.js';
import { placeInWords, placesAfter, placesOf, type Place } from '../../spec/places.js';
import { longestSearchSeconds, parallelTrialsOf } from '../../spec/searchSpace.js';
import { computeOf, countOf, STAGES, type JobStage } from '../../spec/stages.js';
import { jobWorkflowId } from '../../run/ids.js';
import type { JobView } from '../../run/jobs.js';
import { endsForBudget, type FinishedJob, type sageMakerJob } from '../sageMakerJob.js';
import { aws } from '../waits/activities.js';
import { executeAlone } from '../waits/executeAlone.js';
import * as options from '../waits/options.js';
import { pauseAfter } from '../waits/pauses.js';
import type { RunState } from '../runState.js';
import { followed } from './followed.js';
import { fallbacksFrom, noQuotaIn, type Fallback } from './fallbacks.js';

/** In one place, a platform fault or a lack of capacity is worth another job; a third one hardly. */
const ATTEMPTS = 3;

export interface StageJob {
  stage: JobStage;
  /** model.tar.gz to evaluate. */
  candidate?: string;
  /** A base to evaluate without a candidate. */
  untuned?: Untuned;
  /** What it is compared with, where that is known. */
  rival?: Rival;
  /** Of an index that is brought level. */
  sync?: PlanJob['sync'];
  /** What the run has to say when an attempt begins, for the evaluation's report. */
  notices?: () => string[];
}

export interface Attempted {
  plan: JobPlan;
  job: FinishedJob;
}

export class Attempts {
  /** Over the whole run: no two jobs of it share a name. */
  private made = 0;

  constructor(
    private readonly state: RunState,
    private readonly redraw: () => void,
  ) {}

  /**
   * @throws JobFailed when the last attempt in the last place did not complete
   * @throws QuotaExceeded when the last place's quota was not freed in time
   * @throws BudgetReached before a job that cannot be afforded, or when the budget ended one
   */
  async run(run: Run, { stage, candidate, untuned, rival, sync, notices }: StageJob): Promise<Attempted> {
    const { quotaSeconds, capacitySeconds } = run.spec.timings;
    const { count, maxRuntimeSeconds } = wantedFor(run, stage);
    const allPlaces = placesOf(computeOf(run.spec, stage));
    let places = allPlaces;
    for (let attempt = 1; ; attempt += 1) {
      this.made += 1;
      const place = places[0]!;
      const askIn = (on: Place): Ask => {
        const limits = this.state.budget.limitsFor(stage, on, count, maxRuntimeSeconds);
        const asked = { run, stage, attempt: this.made, candidate, untuned, rival, sync, place: on, limits };
        return { ...asked, notices: notices?.() };
      };
      const isLast = places.length === 1 && place.instanceTypes.length === 1;
      const elsewhere = (): Promise<Fallback | undefined> => this.hadGoneOn(places, askIn);
      const tried = await this.oneJob(askIn(place), (isLast ? quotaSeconds : capacitySeconds) * 1000, elsewhere);
      if ('elsewhere' in tried) {
        tried.elsewhere.notices.forEach((notice) => this.state.notice(notice));
        this.made += tried.elsewhere.notices.length - 1;
        places = tried.elsewhere.places;
        attempt = 0;
        continue;
      }
      const { plan, job } = tried;
      if (job === undefined) {
        ({ places, attempt } = this.after(run, plan, plan.ended!, { places, attempt, allPlaces }));
        continue;
      }
      this.state.reports(job);
      this.state.jobEnded(job);
      if (job.end === 'completed') return this.completed(plan, job);

      const why = `${plan.kind} job ${plan.name}: ${job.failureReason ?? job.end}`;
      if (job.end === 'budget') throw this.stoppedForBudget(run, plan);
      const left = placesLeft(places, job);
      if (left.length > 0) {
        this.state.notice(`${lackOf(plan, job)}; went on with ${placeInWords(left[0]!)}`);
        places = left;
        attempt = 0;
      } else if (job.end === 'quota') {
        throw fail('QuotaExceeded', `${lackOf(plan, job)}: ${job.failureReason}`);
      } else {
        if (attempt === ATTEMPTS) throw fail('JobFailed', `${why} (attempt ${attempt} of ${ATTEMPTS})`);
        this.state.notice(`${why}; trying again`);
      }
      this.redraw();
      // The quota has been waited for already.
      if (job.end === 'capacity') {
        await sleep(capacitySeconds * 1000, { summary: `no capacity on ${placeInWords(place)}` });
      }
    }
  }

  /**
   * The job of an attempt at its end; none where the plan found one that has ended badly before, or where an earlier try of
   * this run had gone on elsewhere.
   */
  private async oneJob(
    ask: Ask,
    quotaMs: number,
    elsewhere: () => Promise<Fallback | undefined>,
  ): Promise<{ plan: JobPlan; job?: FinishedJob } | { elsewhere: Fallback }> {
    const { run, stage, place } = ask;
    const { pollSeconds, freshPollSeconds, queueSeconds } = run.spec.timings;
    const since = Date.now();
    for (;;) {
      const plan = await aws(options.read, `plan ${stage}`).planJob(ask);
      if (plan.ended) return { plan };
      const earlier = plan.absent && wasReset() ? await elsewhere() : undefined;
      if (earlier) return { elsewhere: earlier };
      this.state.plans(plan);
      this.redraw();
      const child = [
        'sageMakerJob',
        jobWorkflowId(plan.name),
        {
          plan,
          pollMs: pollSeconds * 1000,
          freshPollMs: freshPollSeconds * 1000,
          queueMs: queueSeconds * 1000,
          quotaMs,
        },
        `${stage} · ${placeInWords(place)}`,
        pauseAfter(Date.now() - since, pollSeconds * 1000),
      ] as const;
      const ended = await followed(this.state, [...child]);
      if (ended) return { plan, job: ended.result };
      // An earlier try of this run still stops the job, or waits for its end: the plan then finds what came of it.
      if (!patched('planned-anew-where-held')) {
        return { plan, job: await executeAlone<typeof sageMakerJob>(...child) };
      }
    }
  }

  /** Where there is a job that an earlier try of this run has asked for after the quota had refused others. */
  private async hadGoneOn(places: Place[], askIn: (place: Place) => Ask): Promise<Fallback | undefined> {
    for (const fallback of fallbacksFrom(places)) {
      const ask = askIn(fallback.places[0]!);
      const attempt = ask.attempt + fallback.notices.length;
      const plan = await aws(options.read, `plan ${ask.stage}`).planJob({ ...ask, attempt });
      if (!plan.absent) return fallback;
    }
    return undefined;
  }

  /**
   * Where to go on from a job that an earlier try of this run had, and that did not complete: it ends nothing any more, but
   * it has cost, and it may tell where there was no capacity. Said in the same words as then, so that what follows asks for
   * the same again and finds what there is of it.
   *
   * @throws BudgetReached where the budget ended it: nothing is left for another
   */
  private after(
    run: Run,
    plan: JobPlan,
    ended: JobSnapshot,
    { places, attempt, allPlaces }: { places: Place[]; attempt: number; allPlaces: Place[] },
  ): { places: Place[]; attempt: number } {
    this.state.reports({ job: viewOf(plan, ended), firstCallAt: '' });
    this.redraw();
    if (ended.end === 'budget' || endsForBudget(plan, ended)) throw this.stoppedForBudget(run, plan);
    const left = ended.end === 'capacity' ? placesAfter(places) : [];
    if (left.length > 0) {
      this.state.notice(`${lackOf(plan, { end: 'capacity' })}; went on with ${placeInWords(left[0]!)}`);
      return { places: left, attempt: 0 };
    }
    this.state.notice(`${plan.kind} job ${plan.name}: ${ended.failureReason ?? ended.end}; trying again`);
    if (ended.end !== 'capacity' && ended.end !== 'platform') return { places, attempt: 0 };
    return attempt === ATTEMPTS ? { places: allPlaces, attempt: 0 } : { places, attempt };
  }

  private completed(plan: JobPlan, job: FinishedJob): Attempted {
    const [preferred, ...others] = plan.place.instanceTypes;
    const { instanceType } = job.job;
    if (others.includes(instanceType)) this.state.notice(`${preferred}: no capacity; SageMaker took ${instanceType}`);
    return { plan, job };
  }

  private stoppedForBudget(run: Run, { kind, name }: JobPlan): ApplicationFailure {
    const checkpoint = kind === 'training' ? `. Its last checkpoint lies in ${filesOf(run).checkpoints}` : '';
    return fail('BudgetReached', `${kind} job ${name} was stopped: ${this.state.budget.inWords()}${checkpoint}`);
  }
}

type Ask = PlanJob & Required<Pick<PlanJob, 'place'>>;

/** A run is one execution, unless it was reset. */
const wasReset = (): boolean => workflowInfo().runId !== workflowInfo().firstExecutionRunId;

/** Of a job that nobody has followed. */
function viewOf({ stage, kind, name, count, place }: JobPlan, ended: JobSnapshot): JobView {
  const { arn, status, secondaryStatus, instanceType, seconds, trainingSeconds, trials } = ended;
  const asked = { stage, kind, name, count, spot: place.spot, describeCalls: 1 };
  return { ...asked, arn, status, secondaryStatus, instanceType, seconds, trainingSeconds, trials };
}

/** Of a search: all trials that run at once, and the time of all rounds. */
function wantedFor({ spec }: Run, stage: JobStage): { count: number; maxRuntimeSeconds: number } {
  const { tune } = spec;
  if (STAGES[stage].as !== 'tuning' || !tune) {
    const compute = computeOf(spec, stage);
    return { count: countOf(spec, stage), maxRuntimeSeconds: compute.maxRuntimeSeconds };
  }
  return {
    count: spec.compute.train.count * parallelTrialsOf(tune),
    maxRuntimeSeconds: longestSearchSeconds({ ...spec, tune }),
  };
}

function placesLeft(places: readonly Place[], { end, quota }: FinishedJob) {
  if (end === 'platform') return [];
  return placesAfter(places, end === 'quota' ? lackingIn(places[0]!, quota) : undefined);
}

/** The type that AWS names, or else the one that was asked for first. */
const lackingIn = ({ instanceTypes }: Place, quota: FinishedJob['quota']): string =>
  instanceTypes.find((type) => type === quota?.instanceType) ?? instanceTypes[0]!;

const lackOf = ({ place }: JobPlan, { end, quota }: Pick<FinishedJob, 'end' | 'quota'>): string =>
  end === 'quota' ? noQuotaIn(place, lackingIn(place, quota)) : `${placeInWords(place)}: no capacity`;
