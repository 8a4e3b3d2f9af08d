import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { findTool, projectRoot } from '../../../src/dev/toolchain/findTool.js';
import { fineTuneSpecSchema } from '../../../src/spec/schema.js';
import { COMPUTE_KEYS, factsOf, jobStagesOf, STAGE_NAMES } from '../../../src/spec/stages.js';

const TABLE = join(projectRoot, 'src/spec/stages.ts');

test('the job scripts know the stages that run as processing jobs, and no others', () => {
  const printed = execFileSync(findTool('python'), ['-c', 'import job, json; print(json.dumps(list(job.STAGES)))'], {
    cwd: join(projectRoot, 'python'),
    encoding: 'utf8',
  });

  expect(JSON.parse(printed)).toEqual(STAGE_NAMES.filter((stage) => factsOf(stage).as === 'processing'));
});

test('a run trains, or searches where its spec says so, and never both', () => {
  expect(jobStagesOf({})).toEqual(['prepare', 'train', 'evaluate']);
  expect(jobStagesOf({ tune: {} })).toEqual(['prepare', 'tune', 'evaluate']);
});

test('a stage takes the place of one that there is, and a spec says of all instances that some stage takes', () => {
  for (const stage of STAGE_NAMES) expect([undefined, ...STAGE_NAMES]).toContain(factsOf(stage).insteadOf);
  expect(Object.keys(fineTuneSpecSchema.shape.compute.unwrap().shape)).toEqual([...COMPUTE_KEYS]);
});

test("each stage's workflow code lies in the file of its name", () => {
  for (const stage of STAGE_NAMES) {
    expect(existsSync(join(projectRoot, `src/workflows/stages/${stage}.ts`)), stage).toBe(true);
  }
});

test('a stage that is forgotten somewhere does not compile', { timeout: 60_000 }, () => {
  const mutated = readFileSync(TABLE, 'utf8').replace(
    /^ {2}evaluate: .*$/m,
    "$&\n  rank: { as: 'processing', compute: 'rank' },",
  );

  expect(complaintsOf(mutated, 'rank')).toEqual([
    'src/activities/jobs.ts', // what it asks SageMaker for
    'src/activities/stageDigest.ts', // what makes two of its jobs the same
    'src/spec/schema.ts', // whose instances it takes
    'src/workflows/stages/index.ts', // what a run does in it
    'test/chaos/plan.ts', // what a kill can aim at in it
    'test/support/readyOutputs.ts', // what it leaves where jobs only take time
  ]);
});

/**
 * Only files that import the table are looked at, and packages are `any`: a whole compilation would take too long.
 *
 * @param table  in the place of the table of stages
 * @returns the files of this project that do not compile for want of the word
 */
function complaintsOf(table: string, word: string): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const read = host.readFile.bind(host);
  host.readFile = (path) => (path === TABLE ? table : read(path));
  host.resolveModuleNameLiterals = (names, from) =>
    names.map(({ text }) => ({
      resolvedModule: text.startsWith('.')
        ? { resolvedFileName: join(dirname(from), text.replace(/\.js$/, '.ts')), extension: ts.Extension.Ts }
        : undefined,
    }));
  const program = ts.createProgram(
    ['src/workflows/index.ts', 'src/activities/index.ts', 'test/chaos/plan.ts'].map((path) => join(projectRoot, path)),
    options,
    host,
  );
  const wanting = program
    .getSourceFiles()
    .filter(({ text }) => /from '.*\/stages\.js'/.test(text))
    .filter((file) =>
      program
        .getSemanticDiagnostics(file)
        .some(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ').includes(`'${word}'`)),
    );
  return wanting.map(({ fileName }) => relative(projectRoot, fileName)).toSorted();
}
