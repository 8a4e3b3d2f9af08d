/**
 * `attune embed`: texts in, a folder of vectors out.
 * @module
 */
import type { EmbedRequest } from '../client/index.js';
import { embeddingInWords } from '../run/embedding.js';
import type { Progress } from '../run/progress.js';
import { estimateTable, sayNotBilled, spent } from './cost.js';
import { EXIT, exitCodeOfRun } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { summary } from './show.js';
import { uploading } from './uploading.js';
import { ended } from './watch.js';

export type EmbedFlags = JsonFlag & Omit<EmbedRequest, 'input' | 'output'>;

export async function embed(io: Io, input: string, output: string, { json, ...flags }: EmbedFlags): Promise<number> {
  const attune = await io.attune();
  await sayNotBilled(io);
  const { result: run } = await uploading(io, `attune embed ${input} ${output} …`, (upload) =>
    attune.embed(
      { input, output, ...flags },
      { cwd: io.cwd, onEstimate: (estimate) => estimateTable(estimate).forEach(io.say), ...upload },
    ),
  );
  io.say(run.workflowId);
  const progress = await ended(io, attune, run.workflowId);
  if (json) io.json(told(progress));
  else io.out(progress.status === 'done' ? outcome(progress) : summary(progress, io));
  if (progress.status !== 'done')
    io.next(`attune show ${run.workflowId}; the same command again continues where this stopped`);
  return progress.status === 'done' ? EXIT.done : exitCodeOfRun(progress);
}

const told = ({ workflowId, status, embedding, artifacts, notices, failure, cost }: Progress) => ({
  workflowId,
  status,
  ...embedding,
  manifest: artifacts['embedding'],
  notices,
  failure,
  cost: cost.accruedUsd,
});

const outcome = (progress: Progress): string =>
  [
    `${embeddingInWords(progress.embedding!)}, in ${progress.embedding!.output}`,
    ...progress.notices.map((what) => `note: ${what}`),
    spent(progress),
  ].join('\n');
