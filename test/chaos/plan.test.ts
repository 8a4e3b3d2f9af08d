import { expect, test } from 'vitest';
import { STAGE_NAMES } from '../../src/spec/stages.js';
import { Dice } from '../support/dice.js';
import { ASKED, comesTo, OUTAGES, planKills, PROCESSES, targetInWords, type Target } from './plan.js';

const stages = STAGE_NAMES.filter((stage) => ASKED.some((asked) => comesTo(asked, stage)));

test('no stage that a run comes to is spared: as many kills as there are stages strike each of them', () => {
  for (const seed of [1, 20, 777]) {
    const struck = planKills(stages.length, new Dice(seed), ASKED).map(({ moment }) => moment.stage);

    expect(struck.toSorted(), `seed ${seed}`).toEqual(stages.toSorted());
  }
});

test('in the long form every process dies in every stage, and every line in every way', () => {
  const inStage = (target: Target, stage: string): string => `${targetInWords(target)} in ${stage}`;
  const struck = new Set(planKills(700, new Dice(7), ASKED).map(({ moment, target }) => inStage(target, moment.stage)));

  for (const stage of stages)
    for (const target of [...PROCESSES, ...OUTAGES]) expect(struck).toContain(inStage(target, stage));
});
