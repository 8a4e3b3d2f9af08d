/**
 * All that a run leaves, without what differs between two runs of the same spec: names, times, how often it was looked.
 * @module
 */
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import type { TrialView } from '../../src/run/jobs.js';
import type { Progress } from '../../src/run/progress.js';
import type { InstantStack } from '../support/instantStack.js';
import type { Run } from '../support/loop.js';
import { outputOf } from './embedding.js';
import { indexOf } from './pair.js';
import { resourcesOf } from './resources.js';

/** Of a run that ended done. */
export async function footprint(instant: InstantStack, run: Run, ended: Progress): Promise<object> {
  const { name, status, stage, decision, reasons, metrics, comparisons, endpoint, stopped, notices, questions } = ended;
  return {
    status,
    stage,
    decision,
    reasons,
    metrics,
    comparisons,
    stopped,
    // A look that was refused is told, and is what the run was disturbed by.
    notices: notices.filter((notice) => !notice.includes('asked again until AWS answers')),
    // Tokens may have been paid for answers that were on their way when something died.
    questions: questions && { passages: questions.passages, questions: questions.questions, faults: questions.faults },
    stages: ended.timeline.map((entry) => entry.stage),
    jobs: ended.jobs.map(({ stage, kind, status, metrics, trials }) => ({
      stage,
      kind,
      status,
      metrics,
      trials: trials && { completed: trials.completed, best: trials.best?.parameters },
    })),
    endpoint: { status: endpoint?.status, parity: endpoint?.parityMinCosine?.toFixed(6) },
    index: ended.index && (await indexOf(instant, ended)),
    embedding: ended.embedding && {
      ...ended.embedding,
      output: await filesOf(instant, outputOf(name)),
    },
    resources: await resourcesOf(instant, name),
    files: await filesOf(instant, `attune/${name}/${run.firstExecutionRunId.slice(-8)}/`),
  };
}

/** Path → digest of its content; of files that carry names or times, the members that must be the same. */
async function filesOf({ s3, stack }: InstantStack, folder: string): Promise<Record<string, string>> {
  const Bucket = stack.describe.bucket;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: folder }));
  const files: Record<string, string> = {};
  for (const { Key } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const content = await Body!.transformToByteArray();
    const path = Key!
      .slice(folder.length)
      .replace(/^training\/[^/]+/, 'training/<job>')
      .replace(/^package\/\w{16}\//, 'package/<digest>/')
      .replace(/^index\/\w{12}\//, 'index/<version>/');
    files[path] = await sameEveryTime(path, Buffer.from(content));
  }
  return files;
}

async function sameEveryTime(path: string, content: Buffer): Promise<string> {
  if (path === 'spec.json') return 'carries the name';
  if (path === 'data/report.json') return membersOf(content, ['version', 'split', 'counts', 'duplicates', 'leakage']);
  if (path === 'tuning/trials.json') return trialsIn(content);
  if (path === 'evaluation/report.html') return 'carries times';
  if (path === 'evaluation/report.json') return membersOf(content, ['version', 'summary']);
  // Which passages are probed hangs on the run; that the endpoint gives their vectors is verified.
  if (path === 'evaluation/probes.json') return membersOf(content, ['maxSeqLength']);
  // Content digests and sizes hang on names and times in the files above.
  if (path.startsWith('results/')) return membersOf(content, ['version', 'stage']);
  if (path === 'run.json') return membersOf(content, ['version', 'status', 'stage', 'decision', 'stopped']);
  if (path === 'package/manifest.json') return membersOf(content, ['version', 'code']);
  if (path === 'index/report.json') return membersOf(content, ['passed', 'documents', 'questions', 'recall', 'ndcg']);
  if (path === 'request.json') return membersOf(content, ['version', 'digest', 'input', 'by']);
  if (path === 'manifest.json') return membersOf(content, ['input', 'dimensions', 'documents', 'shards', 'digest']);
  if (path === 'deployment/approval.json') return membersOf(content, ['version', 'verdict', 'by', 'reason']);
  if (path === 'deployment/verification.json') return membersOf(content, ['passed', 'minCosine', 'probes']);
  return path.endsWith('.tar.gz') ? contentOf(content) : digest(content);
}

/** Names and contents of what a model archive holds: the weights are the same, their times are not. */
async function contentOf(archive: Buffer): Promise<string> {
  const files: string[] = [];
  for await (const entry of Readable.from(gunzipSync(archive)).pipe(extract())) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const content = Buffer.concat(chunks);
    const { name } = entry.header;
    // The model card tells how long the training took.
    if (name === 'README.md') continue;
    files.push(
      `${name} ${name === 'attune.json' ? membersOf(content, ['dimensions', 'dataHash', 'devMetric']) : digest(content)}`,
    );
  }
  return files.sort().join('\n');
}

function trialsIn(content: Buffer): string {
  const { trials } = JSON.parse(content.toString('utf8')) as { trials: TrialView[] };
  return JSON.stringify(trials.map(({ status, parameters, metric }) => ({ status, parameters, metric })));
}

function membersOf(content: Buffer, keys: string[]): string {
  const whole = JSON.parse(content.toString('utf8')) as Record<string, unknown>;
  return JSON.stringify(keys.map((key) => whole[key]));
}

const digest = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
