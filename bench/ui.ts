/**
 * How soon the pages of `attune ui` come with many runs: npm run bench:ui -- [--runs 1000] [--times 20]
 *
 * So many runs that Temporal knows, and as many of another name that only S3 tells of, over the local stack's own servers. Each page is
 * asked for by a command that has just started, then again and again. One JSON line of figures; exit code 0 only where the first
 * page of each kind comes within 200 ms, as a rule: its median.
 */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { TypedSearchAttributes } from '@temporalio/common';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { projectRoot } from '../src/dev/toolchain/places.js';
import { freshProgress } from '../src/run/progress.js';
import { attuneBestScore, attuneCostUsd, attuneModel, attuneStage } from '../src/run/searchAttributes.js';
import { startInstantStack, type InstantStack } from '../test/support/instantStack.js';
import { round, spread, table } from './figures.js';

const GOAL_MS = 200;
const AT_ONCE = 32;
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1000' }, times: { type: 'string', default: '20' } },
});
const [runs, times] = [Number(values.runs), Number(values.times)];

const PAGES = [
  ['first page, runs of Temporal', '/'],
  ['first page, runs of S3 alone', '/?name=only-in-s3'],
  ['last page, runs of Temporal', `/?page=${Math.ceil(runs / 50)}`],
  ['models', '/models'],
  ['cost', '/cost'],
] as const;

const stack = await startInstantStack({ worker: false });
try {
  const numbers = Array.from({ length: runs }, (_, number) => number);
  for (let from = 0; from < runs; from += AT_ONCE)
    await Promise.all(
      numbers.slice(from, from + AT_ONCE).map(async (number) => {
        await startAndEnd(stack, number);
        await leaveRecord(stack, number);
      }),
    );
  const rows = [];
  for (const [page, path] of PAGES) {
    const { first, then } = await timed(stack, path);
    rows.push({ page, 'first ms': round(first), 'p50 ms': then.p50, 'p99 ms': then.p99 });
  }
  console.error(table(rows));
  console.log(JSON.stringify({ runs, times, goalMs: GOAL_MS, pages: rows }));
  const meets = rows.filter(({ page }) => page.startsWith('first')).every((row) => row['p50 ms'] <= GOAL_MS);
  process.exitCode = meets ? 0 : 1;
} finally {
  await stack.stop();
}

/** As lists see a run that is over. */
async function startAndEnd({ client }: InstantStack, number: number): Promise<void> {
  const run = await client.workflow.start('fineTune', {
    taskQueue: 'nobody-polls',
    workflowId: `finetune/search-${number % 5}/${number}`,
    args: [],
    typedSearchAttributes: new TypedSearchAttributes([
      { key: attuneModel, value: `search-${number % 5}` },
      { key: attuneStage, value: 'train' },
      { key: attuneBestScore, value: 0.5 },
      { key: attuneCostUsd, value: 0.1 },
    ]),
  });
  if (number >= 10) await run.terminate();
}

/** What Temporal has forgotten. */
async function leaveRecord({ s3, stack: { describe } }: InstantStack, number: number): Promise<void> {
  const run = number.toString(16).padStart(8, '0');
  const [name, folder] = ['only-in-s3', `attune/only-in-s3/${run}`];
  const workflowId = `finetune/${name}/${run}`;
  const stage = { stage: 'done' as const, startedAt: '2026-01-05T09:00:00.000Z' };
  const put = (Key: string, value: object) =>
    s3.send(new PutObjectCommand({ Bucket: describe.bucket, Key, Body: JSON.stringify(value) }));
  await put(`${folder}/run.json`, {
    version: 1,
    runId: `00000000-0000-0000-0000-0000${run}`,
    ...freshProgress(workflowId, name),
    status: 'done',
    timeline: [stage],
  });
  const record = `s3://${describe.bucket}/${folder}/run.json`;
  await put(`attune/_runs/names/${name}/${run}.json`, { version: 1, workflowId, record });
}

/** Milliseconds until the whole of a page is there: of the first request to a command just started, then of others. */
async function timed({ stack: { environment } }: InstantStack, path: string) {
  const child = spawn(process.execPath, [join(projectRoot, 'dist/cli/main.js'), 'ui', '--port', '0'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const answer = await fetch(url, { redirect: 'manual' });
    const cookie = answer.headers.getSetCookie()[0]!.split(';')[0]!;
    const ask = async (): Promise<number> => {
      const before = performance.now();
      const response = await fetch(new URL(path, url), { headers: { cookie } });
      const page = await response.text();
      if (!response.ok) throw new Error(`${path}: ${response.status} ${page.replace(/<[^>]*>/g, ' ').trim()}`);
      return performance.now() - before;
    };
    const first = await ask();
    const others: number[] = [];
    for (let time = 0; time < times; time += 1) others.push(await ask());
    return { first, then: spread(others) };
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}
