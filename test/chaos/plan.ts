/**
 * Which process is killed when: each of the four in each stage, around each call that makes something, and in the middle of
 * writing to S3.
 * @module
 */
import type { Stage } from '../../src/run/stages.js';
import type { ServiceName } from '../support/instantStack.js';
import type { Dice } from './dice.js';

export const TARGETS: readonly ServiceName[] = ['workers', 'Temporal', 'SageMaker', 'S3'];

/** In the order in which a run comes to them. */
export const STAGES: readonly Stage[] = [
  'preflight',
  'prepare',
  'train',
  'evaluate',
  'gate',
  'package',
  'approve',
  'deploy',
];

/** An instant in the life of the run that the kills aim at. */
export type Moment =
  /** Somewhere in a stage. */
  | { at: 'stage'; stage: Stage }
  /** An AWS call has been taken and is not answered yet. */
  | { at: 'call'; stage: Stage; operation: string }
  /** A file of the run is in S3; what makes it count may not be. */
  | { at: 'upload'; stage: Stage; file: string };

export interface Kill {
  target: ServiceName;
  moment: Moment;
  /** In [0, 1): where in the moment's time it strikes, and how long the process stays away. */
  early: number;
  pause: number;
}

const CALLS: readonly { stage: Stage; operation: string }[] = [
  { stage: 'prepare', operation: 'CreateProcessingJob' },
  { stage: 'prepare', operation: 'DescribeProcessingJob' },
  { stage: 'train', operation: 'CreateTrainingJob' },
  { stage: 'train', operation: 'DescribeTrainingJob' },
  { stage: 'evaluate', operation: 'CreateProcessingJob' },
  { stage: 'deploy', operation: 'CreateModel' },
  { stage: 'deploy', operation: 'CreateEndpointConfig' },
  { stage: 'deploy', operation: 'CreateEndpoint' },
  { stage: 'deploy', operation: 'DescribeEndpoint' },
  { stage: 'deploy', operation: 'InvokeEndpoint' },
];

const UPLOADS: readonly { stage: Stage; file: string }[] = [
  { stage: 'preflight', file: 'code/' },
  { stage: 'prepare', file: 'data/' },
  { stage: 'train', file: 'training/' },
  { stage: 'evaluate', file: 'evaluation/' },
  { stage: 'package', file: 'package/' },
];

const MOMENTS: readonly Moment[] = [
  ...STAGES.map((stage): Moment => ({ at: 'stage', stage })),
  ...CALLS.map((call): Moment => ({ at: 'call', ...call })),
  ...UPLOADS.map((upload): Moment => ({ at: 'upload', ...upload })),
];

/** @returns every target in every moment, in the order of chance, over again until there are enough */
export function planKills(count: number, dice: Dice): Kill[] {
  const kills: Kill[] = [];
  while (kills.length < count) {
    const round = MOMENTS.flatMap((moment) => TARGETS.map((target) => ({ moment, target })));
    kills.push(...dice.shuffled(round).map((kill) => ({ ...kill, early: dice.next(), pause: dice.next() })));
  }
  return kills.slice(0, count);
}

/** Kills for one run, in the order in which it comes to them. */
export function inOrder(kills: readonly Kill[]): Kill[] {
  return [...kills].sort((a, b) => place(a) - place(b));
}

const place = ({ moment }: Kill): number => {
  const call = moment.at === 'call' ? CALLS.findIndex(({ operation }) => operation === moment.operation) : 0;
  return STAGES.indexOf(moment.stage) * 100 + (moment.at === 'upload' ? 50 : call);
};

export function inWords({ target, moment }: Kill): string {
  switch (moment.at) {
    case 'stage':
      return `${target} in ${moment.stage}`;
    case 'call':
      return `${target} in ${moment.stage}, before ${moment.operation} is answered`;
    case 'upload':
      return `${target} in ${moment.stage}, once something is in ${moment.file}`;
  }
}
