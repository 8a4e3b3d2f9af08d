/**
 * How others wait for a SageMaker job, replayed on the times of jobs that really ran: a poll loop of the peer's constants,
 * at a random phase against the job's end. A simulation: the peers themselves do not run.
 * @module
 */

export interface Peer {
  name: string;
  /** Between Describe calls, in seconds. */
  interval: number;
  /** From the Describe that shows the end to the loop's own end, in seconds. */
  after: number;
}

/** Constants of the peers' sources. */
export const PEERS: Peer[] = [
  { name: 'SDK v2 wait without logs, SDK v3', interval: 5, after: 0 },
  { name: 'Airflow, Pipelines wait, Kubeflow, Flyte, ZenML', interval: 30, after: 0 },
  { name: 'SDK v2 wait with logs (its default)', interval: 30, after: 10 },
  { name: 'boto3 waiter: processing; Airflow sensor', interval: 60, after: 0 },
  { name: 'boto3 waiter: training', interval: 120, after: 0 },
];

/** Milliseconds from a job's end to the loop's knowledge of it. @param phase  in [0, 1) */
export const gapMs = ({ interval, after }: Peer, phase: number): number => (phase * interval + after) * 1000;

export const describesPerHour = ({ interval }: Peer): number => 3600 / interval;
