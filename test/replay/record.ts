/**
 * Records the histories that test/replay replays: `npm run record-histories`. Real runs on a real Temporal server, of every
 * workflow in every outcome; only AWS is faked. Run it when a workflow changes on purpose, and commit what it writes.
 * @module
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startVitest } from 'vitest/node';
import { HISTORIES } from '../support/histories.js';

rmSync(HISTORIES, { recursive: true, force: true });
const vitest = await startVitest('test', [fileURLToPath(new URL('./recording.ts', import.meta.url))], {
  config: fileURLToPath(new URL('./recording.config.ts', import.meta.url)),
  watch: false,
});
await vitest.close();
