/**
 * What attune keeps of an index beside its vectors: one object of S3, which names what serves. It changes as a whole, and only from
 * what was read: S3 refuses a write by whoever read an earlier one.
 * @module
 */
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { parseS3Uri } from '../../spec/sources.js';
import { StoreError } from '../errors.js';

const versionSchema = z.object({
  version: z.string(),
  endpoint: z.string(),
  model: z.string(),
  madeBy: z.string(),
  dimensions: z.int(),
  state: z.enum(['building', 'ready']),
  /** ISO 8601. */
  retireAt: z.string().optional(),
  /** Its vector index is about to go: nothing may point to it any more. */
  removing: z.literal(true).optional(),
});

const stateSchema = z.object({
  /** Of this form. */
  form: z.literal(1),
  /** The oldest first. */
  versions: z.array(versionSchema),
  live: z.object({ version: z.string(), previous: z.string().optional(), switchedAt: z.string() }).optional(),
  syncs: z
    .object({
      changes: z.int(),
      by: z.string(),
      version: z.string(),
      spec: z.string(),
      digest: z.string().optional(),
    })
    .optional(),
});

export type StoredVersion = z.output<typeof versionSchema>;
export type IndexState = z.output<typeof stateSchema>;

/** Of an index that nobody has made yet. */
const NONE: IndexState = { form: 1, versions: [] };

/** Others who write at once are few: runs of one index are few. */
const TRIES = 20;
const AGAIN_MS = 50;
/** Somebody else has written since it was read, or writes just now. */
const OVERTAKEN = ['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey'];

export class StateObject {
  constructor(
    private readonly s3: Pick<S3Client, 'send'>,
    private readonly uri: string,
    private readonly signal: AbortSignal,
  ) {}

  async read(): Promise<IndexState> {
    return (await this.found()).state;
  }

  /**
   * @param change  what is to become of what is there now; undefined: nothing. Called anew where somebody else was quicker, so an
   *                earlier answer that was lost shows as done
   * @returns       what is there then
   */
  async change(change: (now: IndexState) => IndexState | undefined): Promise<IndexState> {
    for (let left = TRIES; left > 0; left -= 1) {
      const { state, eTag } = await this.found();
      const next = change(state);
      if (next === undefined) return state;
      if (await this.wrote(next, eTag)) return next;
      await sleep(AGAIN_MS * (1 + Math.random()), undefined, { signal: this.signal });
    }
    throw new StoreError('Unavailable', `${this.uri}: others have changed it ${TRIES} times meanwhile`);
  }

  private async found(): Promise<{ state: IndexState; eTag?: string }> {
    let text: string;
    let eTag: string | undefined;
    try {
      const { Body, ETag } = await this.s3.send(new GetObjectCommand(this.at), { abortSignal: this.signal });
      [text, eTag] = [await Body!.transformToString(), ETag];
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return { state: NONE };
      throw error;
    }
    return { state: this.parsed(text), eTag };
  }

  private parsed(text: string): IndexState {
    try {
      return stateSchema.parse(JSON.parse(text));
    } catch {
      const what = `${this.uri} is not of the form that is expected`;
      throw new StoreError('NotConfigured', what, 'use the version of attune that has written it, or a newer one');
    }
  }

  private async wrote(state: IndexState, eTag: string | undefined): Promise<boolean> {
    const condition = eTag === undefined ? { IfNoneMatch: '*' } : { IfMatch: eTag };
    const body = { Body: JSON.stringify(state), ContentType: 'application/json' };
    try {
      await this.s3.send(new PutObjectCommand({ ...this.at, ...body, ...condition }), { abortSignal: this.signal });
      return true;
    } catch (error) {
      if (OVERTAKEN.includes((error as Error).name)) return false;
      throw error;
    }
  }

  private get at(): { Bucket: string; Key: string } {
    const { bucket, key } = parseS3Uri(this.uri)!;
    return { Bucket: bucket, Key: key };
  }
}
