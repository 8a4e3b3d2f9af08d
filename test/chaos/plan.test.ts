import { expect, test } from 'vitest';
import { STAGE_NAMES } from '../../src/spec/stages.js';
import { Dice } from '../support/dice.js';
import { ASKED, comesTo, ofDatabase, OUTAGES, planKills, PROCESSES, targetInWords, type Target } from './plan.js';

test('no stage is spared: as many kills as there are stages strike each of them', () => {
  for (const seed of [1, 20, 777]) {
    const struck = planKills(STAGE_NAMES.length, new Dice(seed), ASKED).map(({ moment }) => moment.stage);

    expect(struck.toSorted(), `seed ${seed}`).toEqual(STAGE_NAMES.toSorted());
  }
});

test('in the long form every process dies in every stage, and every line in every way', () => {
  const inStage = (target: Target, stage: string): string => `${targetInWords(target)} in ${stage}`;
  const struck = new Set(planKills(900, new Dice(7), ASKED).map(({ moment, target }) => inStage(target, moment.stage)));

  for (const stage of STAGE_NAMES) {
    const indexed = ASKED.some((asked) => asked.indexed && comesTo(asked, stage));
    const targets = [...PROCESSES, ...OUTAGES].filter((target) => indexed || !ofDatabase(target));
    for (const target of targets) expect(struck).toContain(inStage(target, stage));
  }
});
