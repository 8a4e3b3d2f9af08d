/**
 * The stages of a run, by their names in the table. A stage of the table that is missing here does not compile.
 * @module
 */
import type { StageName } from '../../spec/stages.js';
import { approve } from './approve.js';
import type { At } from './at.js';
import { deploy } from './deploy.js';
import { embed } from './embed.js';
import { evaluate } from './evaluate.js';
import { gate } from './gate.js';
import { packageModel } from './package.js';
import { preflight } from './preflight.js';
import { prepare } from './prepare.js';
import { questions } from './questions.js';
import { train } from './train.js';
import { tune } from './tune.js';
import { switchIndex } from './switch.js';
import { makeVersion } from './vectorIndex.js';
import { verified } from './verify.js';

export const stages = {
  preflight,
  questions,
  prepare,
  train,
  tune,
  evaluate,
  gate,
  package: packageModel,
  approve,
  deploy,
  verify: verified,
  index: makeVersion,
  switch: switchIndex,
  embed,
} satisfies Record<StageName, (at: At, ...rest: never[]) => unknown>;
