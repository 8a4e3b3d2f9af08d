/**
 * The long form: `npm run test:pack`. Both packages packed, installed in an empty folder, set up, run to a verified endpoint and
 * stopped; a transcript on standard error, its figures as one JSON line on standard output. Exits 0 only where all of it held.
 * @module
 */
import { copiesOf, installPacked } from './installed.js';
import { localLoop } from './localLoop.js';

const LIMIT_MS = 15 * 60_000;
const log = (line: string): void => void process.stderr.write(`${line}\n`);

const installed = await installPacked(log);
process.once('exit', installed.remove);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
setTimeout(() => {
  log(`pack: not through after ${LIMIT_MS / 60_000} minutes`);
  process.exit(1);
}, LIMIT_MS).unref();

const { progress, ...figures } = await localLoop(installed, log);
const copiesOfTemporal = copiesOf('@temporalio/common', installed).length;
const ok =
  progress.status === 'done' &&
  progress.endpoint?.status === 'InService' &&
  (progress.endpoint.parityMinCosine ?? 0) > 0.9999 &&
  figures.workerPolled &&
  figures.saidGoodbye &&
  figures.left.length === 0 &&
  copiesOfTemporal === 1;
const { packed, installSeconds } = installed;
const { status, endpoint } = progress;
console.log(JSON.stringify({ ok, packed, installSeconds, copiesOfTemporal, status, endpoint, ...figures }));
process.exit(ok ? 0 : 1);
