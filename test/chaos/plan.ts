/**
 * What dies when: each of the five processes, each of the workers' lines to the four servers in each of its ways, and their
 * credentials; in each stage, around each call that makes something, in the middle of writing to S3 or to the database.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { factsOf, jobStagesOf, STAGE_NAMES, type StageName } from '../../src/spec/stages.js';
import type { LineName, ServiceName } from '../support/instantStack.js';
import { LINE_TROUBLES, type LineTrouble } from '../support/line.js';
import type { Dice } from '../support/dice.js';

/** Of the workers' way to a server. */
export interface Outage {
  of: LineName;
  how: LineTrouble;
}
export type Target = ServiceName | Outage;

export const PROCESSES: readonly ServiceName[] = ['workers', 'Temporal', 'SageMaker', 'S3', 'PostgreSQL'];
/** Temporal knows no credentials. */
export const OUTAGES: readonly Outage[] = (['Temporal', 'SageMaker', 'S3', 'PostgreSQL'] as const).flatMap((of) =>
  LINE_TROUBLES.filter((how) => of !== 'Temporal' || how !== 'expired').map((how) => ({ of, how })),
);
const TARGETS: readonly Target[] = [...PROCESSES, ...OUTAGES];

/** Runs without an index know nothing of it. */
export const ofDatabase = (target: Target): boolean =>
  (typeof target === 'string' ? target : target.of) === ('PostgreSQL' satisfies ServiceName);

/** What a run asks for that the kills aim at, beside what every run has. */
export interface Asked extends Pick<FineTuneSpecInput, 'tune'> {
  /** Its questions are written by a language model. */
  written?: true;
  /** An index goes with its model. */
  indexed?: true;
  /** No model is trained: an endpoint embeds texts, which a job has cut into shards. */
  embeds?: true;
}
/** Between them they come to every stage, and with an index to every one of its run's. */
export const ASKED: readonly Asked[] = [
  {},
  // A grid is the same whichever trial ends first.
  { tune: { strategy: 'grid', parameters: { epochs: { values: [1, 2] } } }, indexed: true },
  { written: true, indexed: true },
  { embeds: true },
];
/** With jobs that are real processes: of what the stand-in for a language model writes, prepare's filters would keep nothing. */
export const ASKED_OF_REAL_JOBS: readonly Asked[] = ASKED.map(({ written: _, ...asked }) => asked);

export function comesTo({ tune, written, indexed, embeds }: Asked, stage: StageName): boolean {
  if (embeds) return stage === 'preflight' || stage === 'embed';
  if (factsOf(stage).compute === undefined) return stage !== 'switch' || indexed === true;
  const jobs: StageName[] = jobStagesOf({ tune, data: { questions: written && {} }, index: indexed && {} });
  return jobs.includes(stage);
}

const meets = (asked: Asked, { target, moment }: Pick<Kill, 'target' | 'moment'>): boolean =>
  comesTo(asked, moment.stage) && (asked.indexed === true || !ofDatabase(target));

/** A run says that it verifies when it has: until then it is at `deploy`. */
export const shownAs = (stage: StageName): StageName => (stage === 'verify' ? 'deploy' : stage);

/** An instant in the life of the run that the kills aim at. */
export type Moment =
  /** Somewhere in a stage. */
  | { at: 'stage'; stage: StageName }
  /** An AWS call has been taken and is not answered yet. */
  | { at: 'call'; stage: StageName; operation: string }
  /** A file of the run, or of its output, is in S3; what makes it count may not be. */
  | { at: 'upload'; stage: StageName; file: string }
  /** A statement that changes a table has been sent to the database and is not done yet. */
  | { at: 'statement'; stage: StageName; table: TableName };

/** `versions`: of all indexes; `passages`: of the version that the run fills; `pointer`: which version serves. */
export type TableName = 'versions' | 'passages' | 'pointer';

export interface Kill {
  target: Target;
  moment: Moment;
  /** In [0, 1): where in the moment's time it strikes, and how long the process stays away. */
  early: number;
  pause: number;
}

/** A moment without its stage. */
type Aim = { [At in Moment['at']]: Omit<Extract<Moment, { at: At }>, 'stage'> }[Moment['at']];

const calls = (...operations: string[]): Aim[] => operations.map((operation) => ({ at: 'call', operation }));
const uploads = (...files: string[]): Aim[] => files.map((file) => ({ at: 'upload', file }));
const statements = (...tables: TableName[]): Aim[] => tables.map((table) => ({ at: 'statement', table }));

/** What there is to aim at in each stage besides its time, in the order in which it comes. */
const AIMS: Record<StageName, readonly Aim[]> = {
  preflight: uploads('code/'),
  questions: [
    ...calls('CreateProcessingJob', 'DescribeProcessingJob'),
    ...uploads('questions/parts/', 'questions/shards/'),
  ],
  prepare: [...calls('CreateProcessingJob', 'DescribeProcessingJob'), ...uploads('data/')],
  train: [...calls('CreateTrainingJob', 'DescribeTrainingJob'), ...uploads('training/')],
  tune: [
    ...calls(
      'CreateHyperParameterTuningJob',
      'DescribeHyperParameterTuningJob',
      'ListTrainingJobsForHyperParameterTuningJob',
    ),
    ...uploads('training/', 'tuning/'),
  ],
  evaluate: [...calls('CreateProcessingJob'), ...uploads('evaluation/')],
  gate: [],
  package: uploads('package/'),
  approve: uploads('deployment/approval.json'),
  deploy: calls('CreateModel', 'CreateEndpointConfig', 'CreateEndpoint', 'DescribeEndpoint'),
  verify: [...calls('InvokeEndpoint'), ...uploads('deployment/verification.json')],
  index: [
    ...calls('CreateProcessingJob', 'DescribeProcessingJob'),
    ...uploads('index/'),
    ...statements('versions', 'passages'),
    ...uploads('index/report.json'),
  ],
  switch: statements('pointer'),
  embed: [
    ...calls('CreateProcessingJob', 'DescribeProcessingJob'),
    ...uploads('00000.jsonl', 'counts.json'),
    ...calls('InvokeEndpoint'),
    ...uploads('00000.npy', 'manifest.json'),
  ],
};

/** In the order in which they come. */
const momentsIn = (stage: StageName): Moment[] =>
  (shownAs(stage) === stage ? [{ at: 'stage' } satisfies Aim, ...AIMS[stage]] : AIMS[stage]).map((aim) => ({
    ...aim,
    stage,
  }));

/** In those of the stages that some of these runs come to. */
const momentsOf = (stages: readonly StageName[], some: readonly Asked[]): Moment[] =>
  stages.filter((stage) => some.some((asked) => comesTo(asked, stage))).flatMap(momentsIn);

/**
 * @param some    what the runs that are killed may ask for
 * @param stages  that kills fall into
 * @returns every target in every moment, over again until there are enough: by chance, but no stage twice as often as another
 */
export function planKills(
  count: number,
  dice: Dice,
  some: readonly Asked[],
  stages: readonly StageName[] = STAGE_NAMES,
): Kill[] {
  const kills: Kill[] = [];
  while (kills.length < count) {
    const round = momentsOf(stages, some)
      .flatMap((moment) => TARGETS.map((target) => ({ moment, target })))
      .filter((kill) => some.some((asked) => meets(asked, kill)));
    kills.push(...inTurn(dice.shuffled(round)).map((kill) => ({ ...kill, early: dice.next(), pause: dice.next() })));
  }
  return kills.slice(0, count);
}

/** One kill of each stage, then a second one of each, and so on: a few kills must not spare a stage. */
function inTurn<T extends Pick<Kill, 'moment'>>(kills: readonly T[]): T[] {
  const turns = new Map<StageName, number>();
  return kills
    .map((kill) => {
      const turn = turns.get(kill.moment.stage) ?? 0;
      turns.set(kill.moment.stage, turn + 1);
      return { kill, turn };
    })
    .sort((a, b) => a.turn - b.turn)
    .map(({ kill }) => kill);
}

/** Takes the next kills out of the list that one run can meet, at most so many, and says what that run asks for. */
export function nextWave<T extends { kill: Kill }>(
  left: T[],
  most: number,
  some: readonly Asked[],
): { asked: Asked; planned: T[] } {
  const choosy = left.find(({ kill }) => !some.every((asked) => meets(asked, kill)));
  const asked = some.find((asked) => !choosy || meets(asked, choosy.kill))!;
  const planned = left.filter(({ kill }) => meets(asked, kill)).slice(0, most);
  left.splice(0, left.length, ...left.filter((one) => !planned.includes(one)));
  return { asked, planned };
}

/** Kills for one run, in the order in which it comes to them. */
export function inOrder(kills: readonly Kill[]): Kill[] {
  return [...kills].sort((a, b) => place(a) - place(b));
}

const place = ({ moment }: Kill): number =>
  STAGE_NAMES.indexOf(moment.stage) * 100 + momentsIn(moment.stage).findIndex((one) => isDeepStrictEqual(one, moment));

export const targetInWords = (target: Target): string =>
  typeof target === 'string'
    ? target
    : target.how === 'expired'
      ? `the credentials for ${target.of} expired`
      : `the line to ${target.of} ${target.how}`;

export function inWords({ target, moment }: Kill): string {
  const what = targetInWords(target);
  switch (moment.at) {
    case 'stage':
      return `${what} in ${moment.stage}`;
    case 'call':
      return `${what} in ${moment.stage}, before ${moment.operation} is answered`;
    case 'upload':
      return `${what} in ${moment.stage}, once something is in ${moment.file}`;
    case 'statement':
      return `${what} in ${moment.stage}, while a statement waits for the table of ${moment.table}`;
  }
}
