import { ESLint } from 'eslint';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The project's own configuration, without the rules that need types: those would cost ten seconds a snippet. */
const eslint = new ESLint({
  cwd: root,
  overrideConfigFile: join(root, 'eslint.config.ts'),
  overrideConfig: { files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked },
});

async function complaintsAbout(code: string, file: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: join(root, file) });
  return (result?.messages ?? []).filter(({ ruleId }) => !ruleId?.includes('unused')).map(({ message }) => message);
}

describe('an import against the architecture is refused with a reason', () => {
  test.for([
    ['src/workflows/a.ts', "import { x } from '../aws/names.js';", 'An activity does the work'],
    ['src/workflows/waits/a.ts', "import { x } from '../../client/runs/submit.js';", 'An activity does the work'],
    ['src/workflows/a.ts', "import { x } from '../events/bridge.js';", 'An activity does the work'],
    ['src/workflows/a.ts', "import { x } from '../dev/ports.js';", 'does not know that local mode exists'],
    ['src/workflows/a.ts', "import { x } from '../activities/index.js';", '`import type` only'],
    ['src/workflows/a.ts', "import { readFileSync } from 'node:fs';", 'no file, socket or environment'],
    ['src/workflows/a.ts', "import { join } from 'path';", 'no file, socket or environment'],
    ['src/workflows/a.ts', "import { Client } from '@temporalio/client';", 'runs in a sandbox'],
    ['src/workflows/a.ts', "import { Worker } from '@temporalio/worker';", 'runs in a sandbox'],
    ['src/workflows/a.ts', "import { Context } from '@temporalio/activity';", 'runs in a sandbox'],
    ['src/workflows/a.ts', "import { x } from '@temporalio/testing';", 'runs in a sandbox'],
    ['src/workflows/a.ts', "import { x } from '@aws-sdk/client-s3';", 'calls no service'],
    ['src/workflows/a.ts', "import { x } from '../cli/main.js';", 'Nothing imports the command line'],
    ['src/spec/a.ts', "import type { x } from '../run/messages.js';", 'it imports nobody'],
    ['src/spec/a.ts', "import { x } from '../aws/names.js';", 'it imports nobody'],
    ['src/aws/a.ts', "import type { x } from '../workflows/fineTune.js';", 'nothing of workflows'],
    ['src/aws/a.ts', "import { x } from '../activities/call.js';", 'stands below'],
    ['src/aws/a.ts', "import { x } from '../dev/stack.js';", 'does not know that local mode exists'],
    ['src/activities/a.ts', "import { x } from '../dev/stack.js';", 'does not know that local mode exists'],
    ['src/activities/a.ts', "import { x } from '../client/runs/submit.js';", 'stand on aws, run and spec'],
    ['src/activities/a.ts', "import { x } from '../cli/main.js';", 'Nothing imports the command line'],
    ['src/dev/a.ts', "import { x } from '../activities/index.js';", 'starts processes'],
    ['src/dev/a.ts', "import type { x } from '../client/connect.js';", 'starts processes'],
    ['src/dev/a.ts', "import { x } from '../cli/dev.js';", 'Nothing imports the command line'],
    ['src/dev/a.ts', "import { x } from 'trainyard/dist/emulator.js';", 'a product of its own'],
    ['src/dev/a.ts', "import { x } from '../../packages/trainyard/src/emulator.js';", 'a product of its own'],
    ['packages/trainyard/src/a.ts', "import type { x } from '../../../src/activities/index.js';", 'knows AWS alone'],
    ['packages/trainyard/src/jobs/a.ts', "import { x } from '../../../../src/run/ids.js';", 'knows AWS alone'],
    [
      'packages/trainyard/test/unit/a.ts',
      "import { x } from '../../../../test/support/loop.js';",
      'nothing outside of it',
    ],
    ['packages/trainyard/src/a.ts', "import { x } from 'attune';", 'knows AWS alone'],
    ['src/client/a.ts', "import { x } from '../ui/server.js';", 'Pages are a surface'],
    ['src/ui/pages/a.ts', "import { x } from '../../cli/text.js';", 'Nothing imports the command line'],
    ['src/ui/a.ts', "import { x } from '../dev/stack.js';", 'does not know that local mode exists'],
    ['src/ui/a.ts', "import { x } from '../events/http.js';", 'Pages show what client/ tells'],
    ['src/ui/a.ts', "import { S3Client } from '@aws-sdk/client-s3';", 'Pages ask no service'],
    ['src/run/a.ts', "import type { x } from '../workflows/fineTune.js';", 'the spec alone'],
    ['src/run/a.ts', "import { x } from '../aws/names.js';", 'the spec alone'],
    ['src/run/a.ts', "import { x } from '@aws-sdk/client-s3';", 'knows no service'],
    ['src/vectorStore/a.ts', "import { x } from '../aws/s3.js';", 'stands below activities and client'],
    ['src/vectorStore/a.ts', "import { x } from '@aws-sdk/client-s3';", 'passed in'],
    ['src/vectorStore/s3vectors/a.ts', "import { x } from '../../aws/s3.js';", 'stands below activities and client'],
    ['src/aws/a.ts', "import { x } from '../vectorStore/store.js';", 'vectors are kept elsewhere'],
    ['src/workflows/a.ts', "import { x } from '../vectorStore/store.js';", 'An activity does the work'],
    ['src/events/a.ts', "import { x } from '../activities/index.js';", 'through Temporal only'],
    ['src/events/a.ts', "import { x } from '../dev/stack.js';", 'does not know that local mode exists'],
    ['src/client/a.ts', "import { fineTune } from '../workflows/fineTune.js';", 'started by its type name'],
    ['src/client/a.ts', "import { x } from '../activities/index.js';", 'through Temporal only'],
    ['src/client/a.ts', "import { x } from '../dev/stack.js';", 'does not know that local mode exists'],
    ['src/client/a.ts', "import { x } from '../cli/main.js';", 'Nothing imports the command line'],
    ['src/cli/a.ts', "import { x } from '../activities/index.js';", 'thin skin'],
    ['src/cli/a.ts', "import { x } from '../workflows/decision/gate.js';", 'started by its type name'],
    ['src/worker.ts', "import { x } from './cli/main.js';", 'Nothing imports the command line'],
  ] as const)('%s: %s', async ([file, code, reason]) => {
    expect(await complaintsAbout(code, file)).toContainEqual(expect.stringContaining(reason));
  });
});

describe('an import along the architecture is accepted', () => {
  test.for([
    ['src/workflows/a.ts', "import type { AwsActivities } from '../activities/index.js';"],
    ['src/workflows/a.ts', "import { x } from '../spec/failures.js';"],
    ['src/workflows/waits/a.ts', "import { x } from '../../run/messages.js';"],
    ['src/workflows/a.ts', "import { proxyActivities } from '@temporalio/workflow';"],
    ['src/activities/a.ts', "import { x } from '../aws/errors.js';"],
    ['src/client/a.ts', "import { approve } from '../run/messages.js';"],
    ['src/client/a.ts', "import type { fineTune } from '../workflows/fineTune.js';"],
    ['src/cli/a.ts', "import { startStack } from '../dev/stack.js';"],
    ['src/cli/main.ts', "import { x } from './submit.js';"],
    ['src/events/a.ts', "import { x } from '../client/temporal.js';"],
    ['src/vectorStore/s3vectors/a.ts', "import { x } from '@aws-sdk/client-s3vectors';"],
  ] as const)('%s: %s', async ([file, code]) => {
    expect(await complaintsAbout(code, file)).toEqual([]);
  });
});

describe('what would break a replay or hang a run is refused in workflow code', () => {
  test.for([
    ['let calls = 0;', 'Module-level state'],
    ['export let calls = 0;', 'Module-level state'],
    ["export function f(): void { throw new Error('no'); }", 'throw an ApplicationFailure'],
  ] as const)('%s', async ([code, reason]) => {
    expect(await complaintsAbout(code, 'src/workflows/a.ts')).toContainEqual(expect.stringContaining(reason));
  });

  test('and accepted elsewhere', async () => {
    expect(await complaintsAbout("export function f(): void { throw new Error('no'); }", 'src/client/a.ts')).toEqual(
      [],
    );
  });
});

test('an import of types alone leaves nothing behind: the braces would load the module', async () => {
  const code = "import { type AwsActivities } from '../activities/index.js';\nexport type A = AwsActivities;";

  expect(await complaintsAbout(code, 'src/workflows/a.ts')).toEqual([
    expect.stringContaining('side effect import at runtime'),
  ]);
});

test('an import that is used as a type only must say so', async () => {
  const code = "import { Bench } from './bench.js';\nexport const f = (bench: Bench): Bench => bench;";

  expect(await complaintsAbout(code, 'src/client/a.ts')).toEqual([expect.stringContaining('only used as types')]);
});
