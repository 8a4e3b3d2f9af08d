/**
 * Runs as they may be, for pages to show: of a name over its retrainings, one of each ending, and one whose words are hostile. The
 * client's own code tells of them; only S3 and SageMaker are fakes.
 * @module
 */
import { settingsFrom } from '../../src/client/settings.js';
import { readerOf } from '../../src/client/reader.js';
import type { Attune, RunSummary } from '../../src/client/index.js';
import type { Told } from '../../src/client/runs/told.js';
import type { Comparison, Score } from '../../src/run/evaluation.js';
import { freshProgress, type Progress, type Verdict } from '../../src/run/progress.js';
import { AttuneError } from '../../src/spec/attuneError.js';
import type { Source } from '../../src/ui/source.js';
import { awsError } from './awsError.js';
import { FakeS3 } from './fakeS3.js';

export const HOSTILE = '<script>document.title="run"</script><img src=x onerror=alert(1)> & "quoted" \u202egnp';

const DAY = 24 * 3600 * 1000;
const FIRST = Date.UTC(2026, 7, 3, 9, 12);
const iso = (time: number): string => new Date(time).toISOString();
const score = (mean: number, half = 0.04): Score => ({ mean, low: mean - half, high: mean + half });
const comparison = (difference: number): Comparison => ({
  metric: 'ndcg@10',
  difference,
  low: difference - 0.02,
  high: difference + 0.02,
  confidence: 0.95,
  wins: 60,
  ties: 150,
  losses: 40,
});

const STAGES = ['preflight', 'prepare', 'train', 'evaluate', 'gate', 'package', 'approve', 'deploy', 'verify'] as const;

function timelineOf(start: number, until: (typeof STAGES)[number], isOver: boolean): Progress['timeline'] {
  const stages = STAGES.slice(0, STAGES.indexOf(until) + 1);
  return stages.map((stage, at) => ({
    stage,
    startedAt: iso(start + at * 240_000),
    ...(isOver || at < stages.length - 1 ? { endedAt: iso(start + (at + 1) * 240_000) } : {}),
  }));
}

const job = (stage: 'prepare' | 'train' | 'evaluate', status: string): Progress['jobs'][number] => ({
  stage,
  kind: stage === 'train' ? 'training' : 'processing',
  name: `attune-support-search-${stage}-1a2b3c4d5e`,
  arn: 'arn:aws:sagemaker:us-east-1:000000000000:training-job/x',
  status,
  instanceType: stage === 'train' ? 'ml.g5.xlarge' : 'ml.m5.xlarge',
  seconds: status === 'Completed' ? 840 : undefined,
  usd: status === 'Completed' ? 0.33 : undefined,
  describeCalls: 4,
});

export interface RunGiven {
  /** Weeks after the first one. */
  week: number;
  name?: string;
  status?: Progress['status'];
  mean?: number;
  before?: RunGiven & { id: string };
  more?: Partial<Progress>;
}

export const idOf = ({ name = 'support-search', week }: RunGiven): string =>
  `finetune/${name}/${iso(FIRST + week * 7 * DAY)
    .slice(0, 10)
    .replaceAll('-', '')}-1a2b${(16 + week).toString(16)}`;

/** A run that was evaluated, with all that one tells. */
export function runOf({
  week,
  name = 'support-search',
  status = 'done',
  mean = 0.6,
  before,
  more,
}: RunGiven): Progress {
  const start = FIRST + week * 7 * DAY;
  const workflowId = idOf({ name, week });
  const against = before ? 'incumbent' : 'base';
  const rival = before?.mean ?? 0.5;
  const serves = before && { configName: `${name}-${before.week}`, modelDataUrl: 's3://b/m', madeBy: before.id };
  const isDone = status === 'done';
  const folder = `s3://attune-bucket/attune/${name}/1a2b${(16 + week).toString(16)}`;
  const until = isDone ? 'verify' : status === 'waitingForApproval' ? 'approve' : 'gate';
  return {
    ...freshProgress(workflowId, name),
    status,
    stage: isDone ? 'done' : status === 'waitingForApproval' ? 'approve' : 'gate',
    decision: status === 'rejected' ? 'rejected' : 'passed',
    reasons: [`ndcg@10 ${mean.toFixed(3)}, +0.046 against the ${against}; 95 % interval +0.026 to +0.066, all above 0`],
    asked: { count: 250, origins: { people: 250 } },
    metrics: {
      bm25: { 'ndcg@10': score(0.4), 'mrr@10': score(0.35), 'recall@10': score(0.6) },
      base: { 'ndcg@10': score(0.5), 'mrr@10': score(0.45), 'recall@10': score(0.7) },
      ...(before && { incumbent: { 'ndcg@10': score(rival), 'mrr@10': score(0.5), 'recall@10': score(0.75) } }),
      candidate: { 'ndcg@10': score(mean), 'mrr@10': score(mean - 0.04), 'recall@10': score(mean + 0.15) },
    },
    comparisons: { [`candidate-${against}`]: comparison(mean - rival) },
    lineage: {
      dataHash: (week + 1).toString(16).repeat(64).slice(0, 64),
      pairsHash: 'b'.repeat(64),
      base: 'sentence-transformers/all-MiniLM-L6-v2',
      startedFrom: serves,
      trainingJob: `attune-${name}-train-1a2b3c4d5e`,
      modelArtifact: `${folder}/model/output/model.tar.gz`,
      incumbent: serves,
      metrics: {
        metric: 'ndcg@10',
        asked: { count: 250, origins: { people: 250 } },
        means: { base: 0.5, candidate: mean, ...(before && { incumbent: rival }) },
        against,
        gain: comparison(mean - rival),
      },
      ...(isDone && { endpoint: { name, configName: `${name}-${week}` } }),
      ...(isDone && serves && { replaced: serves.configName }),
    },
    jobs: [job('prepare', 'Completed'), job('train', 'Completed'), job('evaluate', 'Completed')],
    timeline: timelineOf(start, until, status !== 'waitingForApproval'),
    artifacts: {
      spec: `${folder}/spec.json`,
      report: `${folder}/evaluation/report.json`,
      reportHtml: `${folder}/evaluation/report.html`,
    },
    endpoint: isDone ? { name, configName: `${name}-${week}`, status: 'InService' } : undefined,
    cost: {
      accruedUsd: 0.99,
      unknownPrices: [],
      pricesAsOf: '2026-08-01',
      estimateUsd: { low: 0.29, high: 20.66 },
      hosting: { instanceType: 'ml.c6i.xlarge', count: 1, usdPerHour: 0.25, usdPerMonth: 182.5 },
    },
    ...more,
  };
}

/** Eight weeks of a name: trained on, refused once, with another test from the fifth on, and waiting for a person at last. */
export function retrainings(): { runs: Progress[]; tests: Record<string, string> } {
  const weeks: RunGiven[] = [];
  const means = [0.56, 0.58, 0.575, 0.61, 0.52, 0.55, 0.58, 0.6];
  for (const [week, mean] of means.entries()) {
    const before = weeks.findLast(({ status }) => status === 'done');
    const status = week === 2 ? 'rejected' : week === 7 ? 'waitingForApproval' : 'done';
    weeks.push({ week, mean, status, before: before && { ...before, before: undefined, id: idOf(before) } });
  }
  const tests = Object.fromEntries(weeks.map((given) => [idOf(given), (given.week < 4 ? 'a' : 'c').repeat(64)]));
  return { runs: weeks.map(runOf).reverse(), tests };
}

export function otherRuns(): Progress[] {
  const training = runOf({ week: 9, name: 'legal' });
  return [
    {
      ...freshProgress(training.workflowId, 'legal'),
      stage: 'train',
      jobs: [job('prepare', 'Completed'), { ...job('train', 'InProgress'), secondaryStatus: 'Training' }],
      timeline: timelineOf(FIRST + 9 * 7 * DAY, 'train', false),
    },
    {
      ...freshProgress('finetune/hostile/20261005-1a2b99', HOSTILE),
      status: 'failed',
      stage: 'train',
      failure: { type: 'JobFailed', message: `training job x: ${HOSTILE}. Next: read the linked log` },
      notices: [HOSTILE],
      reasons: [HOSTILE],
      timeline: timelineOf(FIRST + 9 * 7 * DAY, 'train', true),
      lineage: { base: HOSTILE, dataHash: HOSTILE, trainingJob: HOSTILE },
      approval: { by: HOSTILE, reason: HOSTILE, verdict: 'rejected', at: iso(FIRST) },
      artifacts: { spec: HOSTILE },
    },
    {
      ...freshProgress('finetune/legal/20261001-1a2b77', 'legal'),
      status: 'cancelled',
      stage: 'prepare',
      stopped: ['processing job attune-legal-prepare-1a2b3c4d5e'],
      timeline: timelineOf(FIRST + 8 * 7 * DAY, 'prepare', true),
      cost: { accruedUsd: 0.02, unknownPrices: [] },
    },
  ];
}

const summaryOf = (run: Progress): RunSummary => ({
  workflowId: run.workflowId,
  runId: `run-of-${run.workflowId}`,
  name: run.name,
  status: run.status,
  stage: run.stage,
  bestScore: run.lineage?.metrics?.means.candidate,
  gain: run.lineage?.metrics?.gain?.difference,
  decision: run.decision,
  dataHash: run.lineage?.dataHash,
  endpoint: run.lineage?.endpoint,
  costUsd: run.cost.accruedUsd,
  startedAt: run.timeline[0]!.startedAt,
  endedAt: run.timeline.at(-1)?.endedAt,
  ui: '',
});

export interface PagesWorld extends Source {
  s3: FakeS3;
  /** What a person has decided here, in turn. */
  decided: { what: 'approve' | 'reject'; id: string; verdict: Verdict }[];
  /** While it is set, the run does not take a decision. */
  refusal?: AttuneError;
  /** While it is set, Temporal does not answer. */
  silence?: AttuneError;
}

/** @param report  the page of each run's report */
export function pagesWorld(runs: readonly Progress[], tests: Record<string, string> = {}, report = ''): PagesWorld {
  const s3 = new FakeS3();
  for (const { workflowId, artifacts } of runs) {
    if (!artifacts['reportHtml']) continue;
    s3.put(artifacts['reportHtml'], report);
    const settings = { test: { hash: tests[workflowId], sample: [] } };
    const summary = { questions: 0, passages: 0, metrics: {}, comparisons: {} };
    s3.put(artifacts['report']!, JSON.stringify({ version: 1, summary, won: [], lost: [], settings }));
  }
  const told: Told = {
    progress: async (id) => {
      const run = runs.find(({ workflowId, name }) => [workflowId, `run-of-${workflowId}`, name].includes(id));
      if (run) return run;
      throw new AttuneError('RunNotFound', `no run is called ${id}`);
    },
    spec: async () => ({}),
    list: async ({ name, limit = 50, running } = {}) =>
      runs
        .filter((run) => (name === undefined || run.name === name) && (!running || run.status === 'running'))
        .map(summaryOf)
        .slice(0, limit),
  };
  const sageMaker = { send: () => Promise.reject(awsError('ValidationException', 'Could not find endpoint', 400)) };
  const aws = { s3: () => s3, sageMaker: () => sageMaker, logs: () => ({ send: async () => ({ events: [] }) }) };
  const reader = { ...readerOf(aws as never, told, settingsFrom({})), close: async () => undefined };
  const decide = (what: 'approve' | 'reject') => async (id: string, verdict: Verdict) => {
    if (world.refusal) throw world.refusal;
    world.decided.push({ what, id, verdict });
    return { workflowId: id };
  };
  const page = async (id: string) => ({ workflowId: id, ui: '' });
  const world: PagesWorld = {
    s3,
    decided: [],
    read: async (ask) => ({ told: await ask(reader), silence: world.silence?.message }),
    attune: async () => {
      if (world.silence) throw world.silence;
      return { ...reader, approve: decide('approve'), reject: decide('reject'), page } as unknown as Attune;
    },
    billedByNobody: async () => 'http://127.0.0.1:7080',
    close: async () => undefined,
  };
  return world;
}
