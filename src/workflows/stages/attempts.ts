/**
 * The job of a stage, by as many attempts, and on as many kinds of instances, as platform and capacity ask for.
 * @module
 */
import { sleep, type ApplicationFailure } from '@temporalio/workflow';
import type { JobPlan, Run } from '../../activities/types.js';
import { filesOf } from '../../run/files.js';
import { fail } from '../../spec/failures.js';
import { placeInWords, placesAfter, placesOf, type Place } from '../../spec/places.js';
import { longestSearchSeconds, parallelTrialsOf } from '../../spec/searchSpace.js';
import { computeOf, STAGES, type JobStage } from '../../spec/stages.js';
import { jobWorkflowId } from '../../run/ids.js';
import type { FinishedJob, sageMakerJob } from '../sageMakerJob.js';
import { aws } from '../waits/activities.js';
import { executeAlone } from '../waits/executeAlone.js';
import * as options from '../waits/options.js';
import type { RunState } from '../runState.js';

/** In one place, a platform fault or a lack of capacity is worth another job; a third one hardly. */
const ATTEMPTS = 3;

export interface StageJob {
  stage: JobStage;
  /** model.tar.gz to evaluate. */
  candidate?: string;
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
  async run(run: Run, { stage, candidate, notices }: StageJob): Promise<Attempted> {
    const { pollSeconds, freshPollSeconds, queueSeconds, capacitySeconds, quotaSeconds } = run.spec.timings;
    const { count, maxRuntimeSeconds } = wantedFor(run, stage);
    let places = placesOf(computeOf(run.spec, stage));
    for (let attempt = 1; ; attempt += 1) {
      this.made += 1;
      const place = places[0]!;
      const limits = this.state.budget.limitsFor(stage, place, count, maxRuntimeSeconds);
      const ask = { run, stage, attempt: this.made, candidate, place, limits, notices: notices?.() };
      const plan = await aws(options.read, `plan ${stage}`).planJob(ask);
      this.state.plans(plan);
      this.redraw();
      const isLast = places.length === 1 && place.instanceTypes.length === 1;
      const job = await executeAlone<typeof sageMakerJob>(
        'sageMakerJob',
        jobWorkflowId(plan.name),
        {
          plan,
          pollMs: pollSeconds * 1000,
          freshPollMs: freshPollSeconds * 1000,
          queueMs: queueSeconds * 1000,
          quotaMs: (isLast ? quotaSeconds : capacitySeconds) * 1000,
        },
        `${stage} · ${placeInWords(place)}`,
        pollSeconds * 1000,
      );
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

/** Of a search: all trials that run at once, and the time of all rounds. */
function wantedFor({ spec }: Run, stage: JobStage): { count: number; maxRuntimeSeconds: number } {
  const { tune } = spec;
  if (STAGES[stage].as !== 'tuning' || !tune) {
    const compute = computeOf(spec, stage);
    return { count: 'count' in compute ? compute.count : 1, maxRuntimeSeconds: compute.maxRuntimeSeconds };
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

const lackOf = ({ place }: JobPlan, { end, quota }: FinishedJob): string =>
  end === 'quota'
    ? `${placeInWords({ ...place, instanceTypes: [lackingIn(place, quota)] })}: no quota`
    : `${placeInWords(place)}: no capacity`;
