/**
 * What dies when: each of the four processes, each of the workers' lines to the three servers in each of its ways, and their
 * credentials; in each stage, around each call that makes something, and in the middle of writing to S3.
 * @module
 */
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { factsOf, jobStagesOf, STAGE_NAMES, type StageName } from '../../src/spec/stages.js';
import type { LineName, ServiceName } from '../support/instantStack.js';
import { LINE_TROUBLES, type LineTrouble } from '../support/line.js';
import type { Dice } from './dice.js';

/** Of the workers' way to a server. */
export interface Outage {
  of: LineName;
  how: LineTrouble;
}
export type Target = ServiceName | Outage;

export const PROCESSES: readonly ServiceName[] = ['workers', 'Temporal', 'SageMaker', 'S3'];
/** Temporal knows no credentials of AWS. */
export const OUTAGES: readonly Outage[] = (['Temporal', 'SageMaker', 'S3'] as const).flatMap((of) =>
  LINE_TROUBLES.filter((how) => of !== 'Temporal' || how !== 'expired').map((how) => ({ of, how })),
);
const TARGETS: readonly Target[] = [...PROCESSES, ...OUTAGES];

/** What the runs ask for that the kills aim at: between them they come to every stage. */
export type Asked = Pick<FineTuneSpecInput, 'tune'>;
const ASKED: readonly Asked[] = [
  {},
  // A grid is the same whichever trial ends first.
  { tune: { strategy: 'grid', parameters: { epochs: { values: [1, 2] } } } },
];

export const comesTo = (asked: Asked, stage: StageName): boolean =>
  factsOf(stage).compute === undefined || (jobStagesOf(asked) as StageName[]).includes(stage);

/** A run says that it verifies when it has: until then it is at `deploy`. */
export const shownAs = (stage: StageName): StageName => (stage === 'verify' ? 'deploy' : stage);

/** An instant in the life of the run that the kills aim at. */
export type Moment =
  /** Somewhere in a stage. */
  | { at: 'stage'; stage: StageName }
  /** An AWS call has been taken and is not answered yet. */
  | { at: 'call'; stage: StageName; operation: string }
  /** A file of the run is in S3; what makes it count may not be. */
  | { at: 'upload'; stage: StageName; file: string };

export interface Kill {
  target: Target;
  moment: Moment;
  /** In [0, 1): where in the moment's time it strikes, and how long the process stays away. */
  early: number;
  pause: number;
}

/** What there is to aim at in each stage besides its time, in the order in which it comes. */
const AIMS: Record<StageName, { calls?: readonly string[]; files?: readonly string[] }> = {
  preflight: { files: ['code/'] },
  prepare: { calls: ['CreateProcessingJob', 'DescribeProcessingJob'], files: ['data/'] },
  train: { calls: ['CreateTrainingJob', 'DescribeTrainingJob'], files: ['training/'] },
  tune: {
    calls: [
      'CreateHyperParameterTuningJob',
      'DescribeHyperParameterTuningJob',
      'ListTrainingJobsForHyperParameterTuningJob',
    ],
    files: ['training/', 'tuning/'],
  },
  evaluate: { calls: ['CreateProcessingJob'], files: ['evaluation/'] },
  gate: {},
  package: { files: ['package/'] },
  approve: { files: ['deployment/approval.json'] },
  deploy: { calls: ['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint', 'DescribeEndpoint'] },
  verify: { calls: ['InvokeEndpoint'], files: ['deployment/verification.json'] },
};

const MOMENTS = STAGE_NAMES.flatMap((stage): Moment[] => {
  const { calls = [], files = [] } = AIMS[stage];
  return [
    ...(shownAs(stage) === stage ? [{ at: 'stage' as const, stage }] : []),
    ...calls.map((operation) => ({ at: 'call' as const, stage, operation })),
    ...files.map((file) => ({ at: 'upload' as const, stage, file })),
  ];
});

/** @returns every target in every moment, over again until there are enough: by chance, but no stage twice as often as another */
export function planKills(count: number, dice: Dice): Kill[] {
  const kills: Kill[] = [];
  while (kills.length < count) {
    const round = MOMENTS.flatMap((moment) => TARGETS.map((target) => ({ moment, target })));
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
export function nextWave<T extends { kill: Kill }>(left: T[], most: number): { asked: Asked; planned: T[] } {
  const meets = ({ kill }: T, asked: Asked): boolean => comesTo(asked, kill.moment.stage);
  const choosy = left.find((one) => !ASKED.every((asked) => meets(one, asked)));
  const asked = ASKED.find((some) => !choosy || meets(choosy, some))!;
  const planned = left.filter((one) => meets(one, asked)).slice(0, most);
  left.splice(0, left.length, ...left.filter((one) => !planned.includes(one)));
  return { asked, planned };
}

/** Kills for one run, in the order in which it comes to them. */
export function inOrder(kills: readonly Kill[]): Kill[] {
  return [...kills].sort((a, b) => place(a) - place(b));
}

const place = ({ moment }: Kill): number => {
  const within =
    moment.at === 'call' ? AIMS[moment.stage].calls!.indexOf(moment.operation) : moment.at === 'upload' ? 50 : 0;
  return STAGE_NAMES.indexOf(moment.stage) * 100 + within;
};

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
  }
}
