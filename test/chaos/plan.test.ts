import { expect, test } from 'vitest';
import { STAGES } from '../../src/spec/stages.js';
import { Dice } from './dice.js';
import { planKills } from './plan.js';

const stages = Object.keys(STAGES);

test('no stage of a run is spared: as many kills as there are stages strike each of them', () => {
  for (const seed of [1, 20, 777]) {
    const struck = planKills(stages.length, new Dice(seed)).map(({ moment }) => moment.stage);

    expect(struck.toSorted(), `seed ${seed}`).toEqual(stages.toSorted());
  }
});

test('in the long form every process is killed in every stage', () => {
  const struck = new Set(planKills(400, new Dice(7)).map(({ moment, target }) => `${target} in ${moment.stage}`));

  for (const stage of stages) {
    for (const target of ['workers', 'Temporal', 'SageMaker', 'S3']) expect(struck).toContain(`${target} in ${stage}`);
  }
});
