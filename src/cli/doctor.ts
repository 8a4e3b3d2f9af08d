/**
 * `attune doctor`: whether all is there that a run needs.
 * @module
 */
import { resolve } from 'node:path';
import { doctor as lookAtAll } from '../client/doctor.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';

const CHECK_WIDTH = 18;

/** @returns 1 when something is missing */
export async function doctor(io: Io, spec: string | undefined, { json }: JsonFlag): Promise<number> {
  const findings = await lookAtAll(io.env, spec === undefined ? undefined : resolve(io.cwd, spec));
  if (json) io.json(findings);
  else {
    for (const { check, ok, found, fix } of findings) {
      const sign = !ok ? io.style('red', '✘') : fix ? io.style('yellow', '!') : io.style('green', '✔');
      io.out(`${sign} ${check.padEnd(CHECK_WIDTH)} ${found}`);
      if (fix) io.out(`  ${' '.repeat(CHECK_WIDTH)} ${fix}`);
    }
  }
  const healthy = findings.every(({ ok }) => ok);
  io.next(healthy ? 'attune submit SPEC --watch' : 'fix what is marked, then attune doctor');
  return healthy ? EXIT.done : EXIT.failed;
}
