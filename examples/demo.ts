/**
 * `npm run demo`: the whole loop on a real domain, on this machine; `npm run demo:documents`: on documents without a question.
 * Uses the command line as a person would.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { DownloadedReport } from '../src/client/report/report.js';
import { cleanState, startStack, type Stack } from '../src/dev/stack.js';
import { findTool, projectRoot } from '../src/dev/toolchain/findTool.js';
import { provideLanguageModel } from '../src/dev/toolchain/python.js';
import type { MovedQuestion } from '../src/run/evaluation.js';
import type { Progress } from '../src/run/progress.js';
import type { GateVerdict } from '../src/run/verdict.js';

interface Example {
  folder: string;
  /** What the gate is to say of it. */
  verdict: GateVerdict;
  /** Asked of the tuned model at the end. */
  query: string;
  /** Whether a language model writes its questions. */
  asksModel: boolean;
}

const EXAMPLES = {
  'aws-api': {
    folder: 'aws-api',
    verdict: 'passed',
    query: 'how do I stop a training run early',
    asksModel: false,
  },
  // A language model's questions prove nothing about people's.
  documents: { folder: 'documents', verdict: 'unproven', query: 'what does a failed run cost me', asksModel: true },
} as const satisfies Record<string, Example>;

const name = (process.argv[2] ?? 'aws-api') as keyof typeof EXAMPLES;
const example: Example = EXAMPLES[name];
const exampleDir = join('examples', example.folder);
const stateDir = join(projectRoot, '.attune', name === 'aws-api' ? 'demo' : `demo-${name}`);
const INTERRUPTED = 130;

async function main(): Promise<number> {
  // As in the command line: the note on Node versions to come is for whoever holds the SDK's version.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort());
  const startedAt = Date.now();

  if (example.folder === 'aws-api') {
    say('Building the example domain from the installed AWS service models');
    const folder = join(projectRoot, exampleDir);
    await run(findTool('python'), [join(folder, 'build.py'), '--output', join(folder, 'build')]);
  }
  await cleanState(stateDir);
  mkdirSync(stateDir, { recursive: true });
  say('Starting the local stack');
  const stack = await startStack({
    stateDir,
    languageModel: example.asksModel ? await languageModel(stopped.signal) : undefined,
    log: (line) => say(`  ${line}`),
  });
  try {
    const exitCode = await loop(stack, stopped.signal, startedAt);
    if (process.stdout.isTTY && !stopped.signal.aborted) {
      say('\nThe stack stays up until Ctrl-C.');
      await once(stopped.signal, 'abort');
    }
    return stopped.signal.aborted && exitCode === 0 && !process.stdout.isTTY ? INTERRUPTED : exitCode;
  } finally {
    say('Stopping everything that was started');
    await stack.stop({ jobs: true });
  }
}

async function loop({ environment, describe }: Stack, stopped: AbortSignal, startedAt: number): Promise<number> {
  const attune = (args: string[], capture = false): Promise<Ended> =>
    run(process.execPath, [join(projectRoot, 'dist', 'cli', 'main.js'), ...args], {
      env: environment,
      capture,
      mayFail: true,
      stopped,
    });

  if (stopped.aborted) return INTERRUPTED;
  const spec = join(exampleDir, 'spec.yaml');
  say(`\n$ attune submit ${spec} --watch`);
  const submitted = await attune(['submit', join(projectRoot, spec), '--json'], true);
  if (submitted.code !== 0 || stopped.aborted) return stopped.aborted ? INTERRUPTED : submitted.code;
  const { workflowId } = JSON.parse(submitted.stdout) as { workflowId: string };
  const watched = await attune(['watch', workflowId]); // ends with the table of systems, intervals and the gate's reasons
  if (stopped.aborted) return INTERRUPTED;

  const shown = await attune(['show', workflowId, '--json'], true);
  if (shown.code !== 0) return shown.code;
  const progress = JSON.parse(shown.stdout) as Progress;
  const resultFile = join(stateDir, 'result.json');
  writeFileSync(resultFile, shown.stdout);
  if (!progress.metrics.candidate) return watched.code || 1;

  const reportFile = join(stateDir, 'report.html');
  const reported = await attune(['report', workflowId, '--out', reportFile, '--json'], true);
  const won = reported.code === 0 ? (JSON.parse(reported.stdout) as DownloadedReport).report.won : [];

  if (example.asksModel)
    await attune(['questions', workflowId, '--out', join(stateDir, `questions-${workflowId.split('/').at(-1)}.csv`)]);
  print(wonQuestions(won));
  print(whereTheTimeWent(progress, startedAt));
  print(`
Temporal UI   ${describe.temporal.ui}/namespaces/default/workflows/${encodeURIComponent(workflowId)}
Report        ${relative(process.cwd(), reportFile)}
Result        ${relative(process.cwd(), resultFile)}

Try next, in another terminal while the stack is up:
  eval "$(npx --no-install attune env --state ${relative(process.cwd(), stateDir)})"
  npx --no-install attune query ${workflowId} "${example.query}"
  npx --no-install attune show ${workflowId}
  npx --no-install attune init        # a spec for your own documents or question/answer pairs`);
  return progress.decision === example.verdict ? 0 : watched.code || 1;
}

function languageModel(signal: AbortSignal): ReturnType<typeof provideLanguageModel> {
  say('Providing a small language model');
  return provideLanguageModel({ now: (doing) => say(`  ${doing}`), signal });
}

function wonQuestions(won: MovedQuestion[]): string {
  const lines = won.slice(0, 5).map(({ query, baseRank, candidateRank, passage }) => {
    const move = `rank ${baseRank ?? '> 100'} → ${candidateRank ?? '> 100'}`;
    return `  ${move.padEnd(18)} ${query}\n  ${''.padEnd(18)} ${passage.title}`;
  });
  return lines.length > 0
    ? ['', 'Questions that the tuned model answers and the base model does not:', ...lines].join('\n')
    : '';
}

/** Orchestration is all that lies neither inside a job nor in an endpoint's start. */
function whereTheTimeWent({ jobs, timeline }: Progress, startedAt: number): string {
  const at = (iso: string | undefined): number => (iso ? Date.parse(iso) : Number.NaN);
  const runSeconds = (Math.max(...timeline.map(({ endedAt }) => at(endedAt) || 0)) - at(timeline[0]?.startedAt)) / 1000;
  const deploy = timeline.find(({ stage }) => stage === 'deploy');
  const deploySeconds = deploy?.endedAt ? (at(deploy.endedAt) - at(deploy.startedAt)) / 1000 : 0;
  const jobSeconds = jobs.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  const rest = runSeconds - jobSeconds - deploySeconds;
  const stages = jobs.map(({ stage, seconds }) => `${stage} ${(seconds ?? 0).toFixed(0)} s`).join(', ');
  return [
    '',
    `The run took ${runSeconds.toFixed(0)} s: ${stages}, endpoint ${deploySeconds.toFixed(0)} s, ` +
      `orchestration ${rest.toFixed(1)} s (${((100 * rest) / runSeconds).toFixed(1)} %). ` +
      `All in all ${((Date.now() - startedAt) / 1000).toFixed(0)} s after set-up.`,
  ].join('\n');
}

interface Ended {
  code: number;
  stdout: string;
}

interface RunOptions {
  env?: Record<string, string>;
  /** Keep stdout instead of showing it. */
  capture?: boolean;
  /** Give the exit code back instead of throwing. */
  mayFail?: boolean;
  /** Ends the command early. */
  stopped?: AbortSignal;
}

async function run(command: string, args: string[], options: RunOptions = {}): Promise<Ended> {
  const { env = {}, capture = false, mayFail = false, stopped } = options;
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['inherit', capture ? 'pipe' : 'inherit', 'inherit'],
  });
  stopped?.addEventListener('abort', () => child.kill('SIGTERM'));
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0 && !mayFail) throw new Error(`${command} ${args.join(' ')} ended with exit code ${code}`);
  return { code: code ?? INTERRUPTED, stdout };
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    say(`demo: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  },
);
