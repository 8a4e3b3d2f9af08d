/**
 * Begins to make a folder by `madeOnce`, says so, and never ends: for tests that kill it.
 * `tsx makeSlowly.ts FOLDER`
 * @module
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { madeOnce } from '../../src/dev/toolchain/once.js';
import { run } from '../../src/dev/toolchain/programs.js';

const folder = process.argv[2]!;

await madeOnce(folder, { isComplete: () => existsSync(folder) }, async (fresh) => {
  writeFileSync(join(fresh, 'half'), '');
  // A program of its own that goes on writing where it was told to, as a download would.
  const script = `const fs = require('fs'); console.log(process.pid); setInterval(() => fs.writeFileSync(${JSON.stringify(join(fresh, 'written'))}, String(Date.now())), 10)`;
  await run([process.execPath, '-e', script], { onLine: (line) => console.log(`${line} ${fresh}`) });
});
