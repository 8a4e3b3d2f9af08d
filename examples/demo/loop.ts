/**
 * `npm run demo`: the whole loop on a real domain, on this machine; `npm run demo:documents`: on documents without a question.
 * Uses the command line as a person would.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { DownloadedReport } from '../../src/client/report/report.js';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { provideLanguageModel } from '../../src/dev/toolchain/python.js';
import type { MovedQuestion } from '../../src/run/evaluation.js';
import type { Progress } from '../../src/run/progress.js';
import type { GateVerdict } from '../../src/run/verdict.js';
import { demo, INTERRUPTED, print, say, type Stage } from './stage.js';

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

async function loop({ attune, describe, startedAt, stopped }: Stage): Promise<number> {
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
  npx --no-install attune init        # a spec for your own documents or question/answer pairs
  npm run demo:index                  # a better model takes over, and its index with it`);
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

demo(
  {
    stateDir,
    buildsDomain: example.folder === 'aws-api',
    languageModel: example.asksModel ? languageModel : undefined,
  },
  loop,
);
