/**
 * The long form: `npm run test:chaos -- --kills 200 --seed 7`; with `--stages index,switch`, in these alone; with
 * `--real`, jobs and endpoints are real processes that train
 * and serve a small model; with `--postgres`, Temporal's server for clusters runs over PostgreSQL in place of the development
 * one. The last line is the figures as JSON; exits 1 when a kill was not survived.
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { TemporalProgram } from '../../src/dev/stack.js';
import { STAGE_NAMES, type StageName } from '../../src/spec/stages.js';
import { temporalOnPostgres } from '../support/postgres/temporalOnPostgres.js';
import { chaos } from './chaos.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '40' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    stages: { type: 'string', default: STAGE_NAMES.join() },
    real: { type: 'boolean', default: false },
    postgres: { type: 'boolean', default: false },
  },
});
const kills = wholeNumber('--kills', values.kills);
const seed = wholeNumber('--seed', values.seed);
const stages = values.stages.split(',').map(stageNamed);

// An interrupted run ends its processes too: the stack does so on exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const since = Date.now();
const how = `${values.real ? ' over real jobs' : ''}${values.postgres ? ', Temporal on PostgreSQL' : ''}`;
console.log(`chaos: ${kills} kills${how}, seed ${seed}`);
const asked = { kills, seed, stages, real: values.real, log: console.log };
const { survived, tried, runs, faults } = values.postgres
  ? await onPostgres((temporal) => chaos({ ...asked, temporal }))
  : await chaos(asked);
for (const fault of faults) console.log(`fault: ${fault}`);
const seconds = Math.round((Date.now() - since) / 1000);
console.log(`chaos: kills survived ${survived} of ${tried} tried, over ${runs} runs, seed ${seed}, ${seconds} s`);
const { real, postgres } = values;
console.log(JSON.stringify({ tried, survived, runs, seed, stages, seconds, real, postgres, faults }));
// What a fault has left waiting, for a stack that is gone now, holds nobody up.
process.exit(faults.length > 0 ? 1 : 0);

async function onPostgres<T>(body: (temporal: TemporalProgram) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'attune-postgres-'));
  const hosted = await temporalOnPostgres(folder, console.log);
  try {
    return await body(hosted.program);
  } finally {
    await hosted.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function stageNamed(text: string): StageName {
  const stage = STAGE_NAMES.find((name) => name === text);
  if (stage) return stage;
  console.error(`--stages: expected names of stages with commas (${STAGE_NAMES.join(', ')}), got '${text}'`);
  return process.exit(2);
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  console.error(`${option}: expected a whole number of at least 1, got '${text}'`);
  return process.exit(2);
}
