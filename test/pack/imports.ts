/**
 * What a stranger's own code meets: the names of each entry, their types, and what a workflow bundle takes in.
 * @module
 */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Installed } from './installed.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

const PROGRAM = `
import * as all from 'attune';
import * as worker from 'attune/worker';
import * as workflow from 'attune/workflow';
import schema from 'attune/spec.schema.json' with { type: 'json' };
import { createRequire } from 'node:module';
const required = createRequire(import.meta.url)('attune/workflow');
console.log(JSON.stringify({
  all: Object.keys(all), worker: Object.keys(worker), workflow: Object.keys(workflow), required: Object.keys(required),
  title: schema.title,
}));
`;

export type Names = Record<'all' | 'worker' | 'workflow' | 'required', string[]> & { title: string };

/** The values that each entry gives, imported, and required as CommonJS does it. */
export async function namesOf({ folder, run }: Installed): Promise<Names> {
  writeFileSync(join(folder, 'names.mjs'), PROGRAM);
  const { stdout, stderr } = await run(process.execPath, ['--no-warnings', 'names.mjs']);
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout) as Names;
}

const WORKFLOW = `
import { fineTuneMilestone, TASK_QUEUE, attuneModel } from 'attune/workflow';
import { condition, setHandler } from '@temporalio/workflow';
export async function mine() { let heard; setHandler(fineTuneMilestone, (it) => void (heard = it)); await condition(() => heard); return [heard, TASK_QUEUE, attuneModel]; }
`;

/** Prints the files that a bundle is made of. The bundler itself refuses Node's modules. */
const BUNDLE = `
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
const files = new Set();
const collect = { apply: (compiler) => compiler.hooks.compilation.tap('files', (compilation) =>
  compilation.hooks.succeedModule.tap('files', ({ resource }) => resource && files.add(resource))) };
await bundleWorkflowCode({
  workflowsPath: new URL('./mine.mjs', import.meta.url).pathname,
  logger: new DefaultLogger('ERROR'),
  webpackConfigHook: (config) => ({ ...config, plugins: [...config.plugins, collect] }),
});
console.log(JSON.stringify([...files]));
`;

/** @returns paths below node_modules, of all that the bundle of a workflow holds that imports \`attune/workflow\` */
export async function bundledFiles({ folder, run }: Installed): Promise<string[]> {
  writeFileSync(join(folder, 'mine.mjs'), WORKFLOW);
  writeFileSync(join(folder, 'bundle.mjs'), BUNDLE);
  const { code, stdout, stderr } = await run(process.execPath, ['bundle.mjs']);
  if (code !== 0) throw new Error(stdout + stderr);
  return (JSON.parse(stdout) as string[]).flatMap((file) => file.split(`${join(folder, 'node_modules')}/`)[1] ?? []);
}

/** Compiles examples/own-workflow against the installed packages. @returns what the compiler says: nothing, where all is well */
export async function complaintsAboutExample({ folder, run }: Installed): Promise<string> {
  cpSync(join(checkout, 'examples', 'own-workflow'), join(folder, 'own-workflow'), { recursive: true });
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2022', strict: true, noEmit: true, skipLibCheck: true },
    ...{ types: ['node'], typeRoots: [join(checkout, 'node_modules', '@types')] },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['own-workflow'] }));
  const { stdout } = await run(process.execPath, [join(checkout, 'node_modules', 'typescript', 'bin', 'tsc')]);
  return stdout;
}
