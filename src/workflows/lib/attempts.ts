/**
 * The job of a stage, by as many attempts as platform and capacity ask for.
 * @module
 */
import { sleep } from '@temporalio/workflow';
import type { JobPlan, Run } from '../../activities/types.js';
import { fail } from '../../spec/failures.js';
import { jobWorkflowId } from '../ids.js';
import type { FinishedJob, sageMakerJob } from '../sageMakerJob.js';
import { aws } from './activities.js';
import { executeAlone } from './executeAlone.js';
import * as options from './options.js';
import type { RunState } from './runState.js';

/** A platform fault or a lack of capacity is worth another job; a third one hardly. */
const ATTEMPTS = 3;
/** Capacity comes back in minutes, not in seconds: this many polls. */
const CAPACITY_POLLS = 10;

export interface StageJob {
  stage: JobPlan['stage'];
  /** model.tar.gz to evaluate. */
  candidate?: string;
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

  /** @throws JobFailed when the last attempt did not complete */
  async run(run: Run, { stage, candidate }: StageJob): Promise<Attempted> {
    const { pollSeconds, freshPollSeconds, queueSeconds } = run.spec.timings;
    for (let attempt = 1; ; attempt += 1) {
      this.made += 1;
      const plan = await aws(options.read, `plan ${stage}`).planJob({ run, stage, attempt: this.made, candidate });
      this.state.plans(plan);
      this.redraw();
      const job = await executeAlone<typeof sageMakerJob>(
        'sageMakerJob',
        jobWorkflowId(plan.name),
        { plan, pollMs: pollSeconds * 1000, freshPollMs: freshPollSeconds * 1000, queueMs: queueSeconds * 1000 },
        `${stage} · ${plan.instanceType}`,
        pollSeconds * 1000,
      );
      this.state.reports(job);
      this.state.jobEnded(job);
      if (job.end === 'completed') return { plan, job };

      const why = `${plan.kind} job ${plan.name}: ${job.failureReason ?? job.end}`;
      if (attempt === ATTEMPTS) throw fail('JobFailed', `${why} (attempt ${attempt} of ${ATTEMPTS})`);
      this.state.notice(`${why}; trying again`);
      this.redraw();
      if (job.end === 'capacity') {
        await sleep(CAPACITY_POLLS * pollSeconds * 1000, { summary: `waiting for ${plan.instanceType} capacity` });
      }
    }
  }
}
