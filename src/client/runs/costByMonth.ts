/**
 * What jobs and endpoints have cost, by month. Nobody keeps a bill of it: it is reckoned from what the runs tell.
 * @module
 */
import { DescribeEndpointCommand, type SageMakerClient } from '@aws-sdk/client-sagemaker';
import { unlessGone } from '../../aws/errors.js';
import type { Progress } from '../../run/progress.js';
import { fromAws } from '../aws.js';
import type { RunSummary } from './list.js';
import type { Told } from './told.js';

export interface MonthlyCost {
  /** "2026-01", in UTC. */
  month: string;
  /** That began in it. */
  runs: number;
  /** Of the jobs of these runs, as far as it is known. */
  jobsUsd: number;
  /** Runs whose cost is not known. */
  runsUnknown: number;
  endpoints: EndpointMonth[];
}

export interface EndpointMonth {
  name: string;
  hours: number;
  /** At the least number of instances. Absent: the price is not known, or the endpoint is paid by the request. */
  usd?: number;
  /** The endpoint is gone, and nobody has kept when it went. */
  atLeast?: true;
}

export interface CostOptions {
  /** Of the latest so many runs. Default 1,000. */
  limit?: number;
  /** Hears what cannot be told, and why. */
  onNotice?: (message: string) => void;
  /** Default: now. */
  now?: Date;
}

/** A model in service at an endpoint. */
export interface Stay {
  endpoint: string;
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  /** USD an hour. */
  hourly?: number;
  atLeast?: true;
}

const DEFAULT_LIMIT = 1000;
/** Questions to Temporal and S3 at once. */
const AT_ONCE = 16;

export async function costByMonth(
  told: Told,
  sageMaker: SageMakerClient,
  { limit = DEFAULT_LIMIT, onNotice = () => undefined, now = new Date() }: CostOptions = {},
): Promise<MonthlyCost[]> {
  const runs = await told.list({ limit, onNotice });
  const deployments = await deploymentsOf(
    runs.filter(({ endpoint }) => endpoint),
    told,
    onNotice,
  );
  const since = await createdAt(new Set(deployments.map(({ endpoint }) => endpoint)), sageMaker, onNotice);
  return byMonth(runs, staysOf(deployments, since, now));
}

export interface Deployment {
  endpoint: string;
  at: number;
  hourly?: number;
}

async function deploymentsOf(
  runs: readonly RunSummary[],
  told: Told,
  onNotice: (message: string) => void,
): Promise<Deployment[]> {
  const look = async (run: RunSummary): Promise<Deployment[]> => {
    try {
      return [deploymentIn(run, await told.progress(run.runId))];
    } catch (error) {
      onNotice(`the endpoint of ${run.workflowId} is not counted: ${(error as Error).message}`);
      return [];
    }
  };
  const found: Deployment[] = [];
  for (let from = 0; from < runs.length; from += AT_ONCE)
    found.push(...(await Promise.all(runs.slice(from, from + AT_ONCE).map(look))).flat());
  return found;
}

const deploymentIn = ({ endpoint, startedAt }: RunSummary, { timeline, cost }: Progress): Deployment => ({
  endpoint: endpoint!.name,
  at: Date.parse(timeline.findLast(({ stage }) => stage === 'deploy')?.endedAt ?? startedAt),
  hourly: cost.hosting?.usdPerHour,
});

/** When each endpoint was made, as far as SageMaker has it now; empty where it does not tell. */
async function createdAt(
  names: ReadonlySet<string>,
  sageMaker: SageMakerClient,
  onNotice: (message: string) => void,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  try {
    for (const name of names) {
      const endpoint = await unlessGone(sageMaker.send(new DescribeEndpointCommand({ EndpointName: name })));
      if (endpoint) found.set(name, Number(endpoint.CreationTime ?? 0));
    }
  } catch (error) {
    onNotice(
      `SageMaker does not tell which endpoints are there: ${(fromAws(error, 'looking at endpoints') as Error).message}`,
    );
  }
  return found;
}

/**
 * A model serves until the next one at its endpoint does, the last one until now. Of an endpoint that was made anew meanwhile, and
 * of one that is gone, only what is certain counts.
 *
 * @param since  when each endpoint that is there was made
 */
export function staysOf(deployments: readonly Deployment[], since: ReadonlyMap<string, number>, now: Date): Stay[] {
  const inOrder = [...deployments].sort((a, b) => a.at - b.at);
  return inOrder.map(({ endpoint, at, hourly }, index) => {
    const next = inOrder.slice(index + 1).find((other) => other.endpoint === endpoint);
    const made = since.get(endpoint);
    if (next) return { endpoint, from: at, to: next.at, hourly };
    return made === undefined
      ? { endpoint, from: at, to: at, hourly, atLeast: true as const }
      : { endpoint, from: at, to: Number(now), hourly };
  });
}

/** The newest month first; months without anything are left out. */
export function byMonth(
  runs: readonly Pick<RunSummary, 'startedAt' | 'costUsd'>[],
  stays: readonly Stay[],
): MonthlyCost[] {
  const months = new Map<string, MonthlyCost>();
  const at = (month: string): MonthlyCost => {
    const found = months.get(month) ?? { month, runs: 0, jobsUsd: 0, runsUnknown: 0, endpoints: [] };
    months.set(month, found);
    return found;
  };
  for (const { startedAt, costUsd } of runs) {
    if (!startedAt) continue; // of a record without a stage
    const month = at(startedAt.slice(0, 7));
    month.runs += 1;
    month.jobsUsd += costUsd ?? 0;
    if (costUsd === undefined) month.runsUnknown += 1;
  }
  for (const stay of stays) for (const [month, hours] of hoursByMonth(stay)) add(at(month).endpoints, stay, hours);
  return [...months.values()].sort((a, b) => (a.month < b.month ? 1 : -1));
}

function add(endpoints: EndpointMonth[], { endpoint: name, hourly, atLeast }: Stay, hours: number): void {
  const known = endpoints.find((one) => one.name === name);
  const usd = hourly === undefined ? undefined : hourly * hours;
  if (!known) {
    endpoints.push({ name, hours, usd, ...(atLeast && { atLeast }) });
    return;
  }
  known.hours += hours;
  // What is not known of a part is not known of the whole.
  known.usd = known.usd === undefined || usd === undefined ? undefined : known.usd + usd;
  if (atLeast) known.atLeast = atLeast;
}

/** Of the time in each month that it touches, in UTC. */
function hoursByMonth({ from, to }: Stay): [month: string, hours: number][] {
  const found: [string, number][] = [];
  for (let start = from; ;) {
    const date = new Date(start);
    const next = Math.min(to, Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1));
    found.push([date.toISOString().slice(0, 7), (next - start) / 3_600_000]);
    if (next >= to) return found;
    start = next;
  }
}
