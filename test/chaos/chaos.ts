/**
 * Waves of runs whose processes are killed under them. After each wave every run must have ended as an undisturbed one, with
 * one job a stage, and a cancelled one must have left nothing.
 * @module
 */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { TemporalProgram } from '../../src/dev/stack.js';
import type { StageName } from '../../src/spec/stages.js';
import { Dice } from '../support/dice.js';
import { startInstantStack, type InstantStack } from '../support/instantStack.js';
import { ModelServer } from '../support/modelServer.js';
import { vectorDatabase } from '../support/postgres/vectorDatabase.js';
import { readyToEmbed, startEmbedding } from './embedding.js';
import { footprint } from './footprint.js';
import { Pair } from './pair.js';
import { approved, processesOf, removeEndpoints } from './patience.js';
import { ASKED, ASKED_OF_REAL_JOBS, inOrder, nextWave, planKills, type Asked } from './plan.js';
import { OF_ITS_OWN, SHARED, Wave, WAVE_MS, type Changes } from './wave.js';

export interface ChaosOptions {
  kills: number;
  seed: number;
  /** That kills fall into. Default: all. */
  stages?: readonly StageName[];
  /** Over jobs and endpoints that are real processes, with a model that is really trained. Default: they only take time. */
  real?: boolean;
  /** Default: the development server. */
  temporal?: TemporalProgram;
  /** Lines for people. */
  log: (line: string) => void;
}

export interface ChaosReport {
  tried: number;
  survived: number;
  runs: number;
  /** In which stages something was killed. */
  struck: Set<StageName>;
  /** Each in words: what a wave left other than an undisturbed one would have. */
  faults: string[];
}

const JOB_MS = 800;
/** The stand-in for a language model, about each passage. */
const THINKS_MS = 200;
/** Python and its libraries are loaded for each. */
const REAL_JOB_MS = 8_000;
const KILLS_A_WAVE = 8;
/** A run may pass the moment of a kill while the one before is still being mended; the next wave tries again. */
const CHANCES = 4;

export async function chaos({ kills, seed, stages, real = false, temporal, log }: ChaosOptions): Promise<ChaosReport> {
  const dice = new Dice(seed);
  const report: ChaosReport = { tried: 0, survived: 0, runs: 0, struck: new Set(), faults: [] };
  const jobMs = real ? REAL_JOB_MS : JOB_MS;
  const some = real ? ASKED_OF_REAL_JOBS : ASKED;
  const model = await ModelServer.start();
  model.thinksMs = THINKS_MS;
  const database = await vectorDatabase();
  const instant = await startInstantStack({
    jobMs,
    realJobs: real,
    temporal,
    lines: true,
    database,
    log: (line) => log(`   stack: ${line}`),
  });
  try {
    const specs = new Map<Asked, Changes>();
    for (const asked of some) specs.set(asked, await changesOf(asked, instant, model));
    const replacing = real ? undefined : await replaced(instant);
    await readyToEmbed(instant);
    const fresh = new Map<Asked, object>();
    let pair = new Pair(instant, 'chaos-pair');
    // The same training once more is no better: it gets a pair of its own.
    const pairOf = async (asked: Asked, name: string): Promise<Pair | undefined> => {
      if (!asked.indexed) return undefined;
      if (real) return new Pair(instant, name);
      if (pair.isEmpty) await undisturbed(instant, {}, `${pair.endpoint}-first`, pair);
      return pair;
    };
    const left = planKills(kills, dice, some, stages).map((kill) => ({ kill, chances: CHANCES }));
    for (let wave = 1; left.length > 0; wave += 1) {
      const { asked, planned } = nextWave(left, KILLS_A_WAVE, some);
      const changes = specs.get(asked)!;
      const name = `w${wave.toString(36)}`;
      if (!fresh.has(asked)) {
        const calm = `calm-${fresh.size}`;
        fresh.set(
          asked,
          asked.embeds
            ? await embedded(instant, calm)
            : await undisturbed(instant, changes, calm, await pairOf(asked, calm)),
        );
      }
      const aimed = await pairOf(asked, `${name}-aim`);
      const struck = new Wave(instant, jobMs, asked, changes, aimed, name, dice, log);
      const expected = { fresh: fresh.get(asked)!, replacing };
      const fault = await struck.rage(inOrder(planned.map(({ kill }) => kill)), expected).then(
        () => undefined,
        (error: Error) => error.message,
      );
      const again = planned.filter(({ kill, chances }) => struck.missed.has(kill) && chances > 1);
      left.push(...again.map(({ kill, chances }) => ({ kill, chances: chances - 1 })));
      report.tried += struck.kills.length;
      struck.kills.forEach(({ moment }) => report.struck.add(moment.stage));
      report.runs += struck.runs.length;
      if (fault === undefined) report.survived += struck.kills.length;
      else {
        report.faults.push(`wave ${wave}: ${fault}`);
        log(`   FAULT ${fault}`);
        await struck.giveUp();
        pair = new Pair(instant, `chaos-pair-${name}`);
      }
      log(`wave ${wave}: kills survived ${report.survived} of ${report.tried} tried`);
    }
    await pair.over(Date.now() + WAVE_MS).catch((error: Error) => report.faults.push(error.message));
  } finally {
    await instant.stop();
    await database.stop();
    model.close();
  }
  const orphans = processesOf(instant.stateDir);
  if (orphans.length > 0) report.faults.push(`processes left: ${orphans.join('; ')}`);
  return report;
}

async function changesOf({ tune, written }: Asked, { s3, stack }: InstantStack, model: ModelServer): Promise<Changes> {
  if (!written) return { tune };
  const Bucket = stack.describe.bucket;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'pages/page.md', Body: '# Page\n' }));
  const questions = { model: 'openai:stand-in', url: model.url, parallel: 2 };
  return { tune, data: { documents: `s3://${Bucket}/pages/`, questions } };
}

async function undisturbed(instant: InstantStack, changes: Changes, name: string, pair?: Pair): Promise<object> {
  await pair?.timePasses();
  const fresh = await instant.startRun({ ...changes, ...(pair?.next(name) ?? OF_ITS_OWN), name });
  const deadline = Date.now() + WAVE_MS;
  await approved(fresh, deadline);
  const ended = await fresh.result();
  await pair?.retired(deadline);
  const left = await footprint(instant, fresh, ended);
  await removeEndpoints(instant, name);
  return left;
}

async function embedded(instant: InstantStack, name: string): Promise<object> {
  const run = await startEmbedding(instant, name);
  return footprint(instant, run, await run.result());
}

async function replaced(instant: InstantStack): Promise<object> {
  await (await instant.startRun({ name: 'chaos-first', deploy: { endpoint: SHARED, takeOver: true } })).result();
  const replacing = await instant.startRun({ name: 'undisturbed-next', deploy: { endpoint: SHARED, takeOver: true } });
  return footprint(instant, replacing, await replacing.result());
}
