/**
 * The long form: `npm run test:chaos -- --kills 200 --seed 7`; with `--real`, jobs and endpoints are real processes that train
 * and serve a small model. Exits 1 when a kill was not survived.
 * @module
 */
import { parseArgs } from 'node:util';
import { chaos } from './chaos.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '40' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    real: { type: 'boolean', default: false },
  },
});
const kills = wholeNumber('--kills', values.kills);
const seed = wholeNumber('--seed', values.seed);

// An interrupted run ends its processes too: the stack does so on exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const since = Date.now();
console.log(`chaos: ${kills} kills${values.real ? ' over real jobs' : ''}, seed ${seed}`);
const { survived, tried, runs, faults } = await chaos({ kills, seed, real: values.real, log: console.log });
for (const fault of faults) console.log(`fault: ${fault}`);
const seconds = ((Date.now() - since) / 1000).toFixed(0);
console.log(`chaos: kills survived ${survived} of ${tried} tried, over ${runs} runs, seed ${seed}, ${seconds} s`);
process.exitCode = faults.length > 0 ? 1 : 0;

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  console.error(`${option}: expected a whole number of at least 1, got '${text}'`);
  return process.exit(2);
}
