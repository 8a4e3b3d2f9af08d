/**
 * The long form: `npm run test:hostile -- --inputs 1000 --seed 7`. Hands hostile inputs to everything that takes some from
 * strangers. Exits 1 when one of them was not refused with words, or not handled within its time.
 * @module
 */
import { parseArgs } from 'node:util';
import { tryAll } from './try.js';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});
const inputs = wholeNumber('--inputs', values.inputs);
const seed = wholeNumber('--seed', values.seed);

const since = Date.now();
console.log(`hostile: ${inputs} inputs, seed ${seed}\n\n${'area'.padEnd(20)}  tried   well  badly`);
const results = await tryAll(inputs, seed, console.log);
for (const { area, bad } of results)
  for (const { input, expected, seen } of bad)
    console.log(`\n${area} ${input}\n  expected: ${expected}\n  seen: ${seen}`);
const tried = results.reduce((sum, result) => sum + result.tried, 0);
const badly = results.reduce((sum, { bad }) => sum + bad.length, 0);
const byArea = Object.fromEntries(results.map(({ area, tried, bad }) => [area, { tried, badly: bad.length }]));
console.log(
  JSON.stringify({ inputs: tried, badly, seed, seconds: Math.round((Date.now() - since) / 1000), areas: byArea }),
);
process.exitCode = badly > 0 ? 1 : 0;

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  console.error(`${option}: expected a whole number of at least 1, got '${text}'`);
  return process.exit(2);
}
