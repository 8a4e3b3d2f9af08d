/**
 * What the runners of both kinds of job share: their surroundings, and the ways a job can fail.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import type { JobFolder } from './jobFolder.js';
import { LONGEST_REASON, type Journal } from './journal.js';
import { outlastS3 } from './outlastS3.js';
import type { RuntimeLimit } from './runtimeLimit.js';

export interface Job {
  folder: JobFolder;
  journal: Journal;
  interrupted: AbortSignal;
  /** MaxRuntimeInSeconds. */
  runtime: RuntimeLimit;
}

/** A failure that is the job's own, not the platform's. The message is the FailureReason. */
export class JobFailure extends Error {}

/** Runs a transfer; what goes wrong in it is the client's fault, as far as SageMaker tells. */
export async function transfer<T>(
  what: 'Data download' | 'Artifact upload',
  uri: string,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await outlastS3(action);
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new JobFailure(`ClientError: ${what} failed for ${uri}: ${(error as Error).message}`);
  }
}

/** The first 1,024 characters of a file that a script may leave; undefined when it did not. */
export function shortText(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  return text.slice(0, LONGEST_REASON);
}

/** `AlgorithmError: …, exit code: N`, with the text cut so that the code stays. */
export function algorithmError(text: string | undefined, exitCode: number): string {
  if (!text) return `AlgorithmError: Exit Code: ${exitCode}`;
  const ending = `, exit code: ${exitCode}`;
  const head = `AlgorithmError: ${text.trim()}`;
  return head.slice(0, LONGEST_REASON - ending.length) + ending;
}
