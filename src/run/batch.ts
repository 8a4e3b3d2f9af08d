/**
 * Where the files of a batch job lie, and how far its answers go.
 * @module
 */
import { filesOf } from './files.js';
import { shardName } from './questions.js';
import type { Run } from './run.js';

/** Questions are written in one job, and judged in another. */
export const BATCH_ROUNDS = ['write', 'judge'] as const;
export type BatchRound = (typeof BATCH_ROUNDS)[number];

/** Where each round that has been answered has left its files. */
export type BatchOutputs = Partial<Record<BatchRound, string>>;

/** Folders: what is asked, a file a shard; and below what each job leaves a folder of its own. */
export function batchFolderOf(run: Pick<Run, 'folder'>, round: BatchRound): { input: string; output: string } {
  const folder = `${filesOf(run).questionBatches}${round}/`;
  return { input: `${folder}input/`, output: `${folder}output/` };
}

export const batchOutputOf = (run: Pick<Run, 'folder'>, round: BatchRound, arn: string): string =>
  batchOutputBelow(batchFolderOf(run, round).output, arn);

/** Bedrock names a job's folder after the end of its ARN. @param folder  that all jobs of a kind leave theirs in */
export const batchOutputBelow = (folder: string, arn: string): string =>
  `${folder.replace(/\/*$/, '/')}${arn.slice(arn.lastIndexOf('/') + 1)}/`;

export const batchInputFile = (run: Pick<Run, 'folder'>, round: BatchRound, shard: number): string =>
  `${batchFolderOf(run, round).input}${shardName(shard)}.jsonl`;

/** @param output  of `batchOutputOf` */
export const batchOutputFile = (output: string, shard: number): string => `${output}${shardName(shard)}.jsonl.out`;

/** What a job has come to, of which ended ones leave word; none has to. @param output  of `batchOutputOf` */
export const batchManifest = (output: string): string => `${output}manifest.json.out`;

/** What batch jobs have come to. */
export interface BatchRead {
  /** Passages about which nothing is left to ask. */
  complete: number;
  /** Of all rounds, at half the price. */
  inputTokens: number;
  outputTokens: number;
}
