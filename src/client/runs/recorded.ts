/**
 * Runs that Temporal has forgotten, from the records that they left in S3.
 * @module
 */
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { Client } from '@temporalio/client';
import { isNotFound } from '../../aws/errors.js';
import { sha256 } from '../../aws/hash.js';
import { AttuneError } from '../../spec/attuneError.js';
import { parseS3Uri } from '../../spec/sources.js';
import type { Progress } from '../../run/progress.js';
import { namesIn, pointerOfId, type RecordPointer, type RunRecord } from '../../run/records.js';
import { fromAws, type AwsClients } from '../aws.js';
import type { Settings } from '../settings.js';
import { list, type ListOptions, type RunSummary } from './list.js';

/** Where records lie. Without a bucket there are none to look for. */
export interface Records {
  s3: AwsClients['s3'];
  settings: Pick<Settings, 'bucket' | 'prefix'>;
  /** What was read before, by the pointer and when it was written: whoever asks again and again reads each record once. */
  seen?: Map<string, Seen>;
}

/** `run` is absent where the record is gone. */
interface Seen {
  workflowId: string;
  run?: RunSummary;
}

/** What Temporal tells of a run, or where it does not know it, what the run's record tells. @throws AttuneError RunNotFound */
export async function orRecorded<T>(records: Records, id: string, ask: () => Promise<T>): Promise<T | Progress> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof AttuneError) || error.type !== 'RunNotFound') throw error;
    const recorded = await recordedRun(records, id);
    if (recorded) return recorded;
    throw error;
  }
}

/**
 * Does something with a run; one that Temporal has forgotten is told as that, not as unknown.
 *
 * @throws AttuneError InvalidRequest where the run has ended and only its record is left, RunNotFound where nothing is
 */
export async function unlessForgotten<T>(records: Records, id: string, act: () => Promise<T>): Promise<T> {
  const done = await orRecorded(records, id, async () => ({ done: await act() }));
  if ('done' in done) return done.done;
  const { workflowId, status, artifacts } = done;
  throw new AttuneError(
    'InvalidRequest',
    `${workflowId} ended ${status}, and its history is no longer kept: Temporal has forgotten it, so nothing more can come of it`,
    `submit its spec again${artifacts['spec'] ? `: as it was then it lies in ${artifacts['spec']}` : ''}`,
  );
}

/** @param id  workflow id, or a spec's name for the run of it that ended last */
export async function recordedRun({ s3, settings }: Records, id: string): Promise<Progress | undefined> {
  const { bucket, prefix } = settings;
  if (!bucket) return undefined;
  const root = `s3://${bucket}/${prefix}/`;
  const pointer =
    (await read<RecordPointer>(s3(), pointerOfId(root, sha256(id)))) ??
    (/^[a-z0-9-]+$/.test(id) ? await lastOf(s3(), bucket, `${namesIn(`${prefix}/`)}${id}/`) : undefined);
  const record = pointer && (await read<RunRecord>(s3(), pointer.record));
  return record && progressIn(record, pointer.record);
}

/** Those that Temporal knows, then those that it has forgotten and that have left a record in S3. */
export async function listAll(
  client: Client,
  page: (workflowId: string, runId: string) => string,
  records: Records,
  options: ListOptions = {},
): Promise<RunSummary[]> {
  const runs = await list(client, page, options);
  const { limit = 50, name, running, onNotice } = options;
  if (running || runs.length >= limit) return runs;
  try {
    return [...runs, ...(await recordedRuns(records, { limit: limit - runs.length, name }, runs))];
  } catch (error) {
    onNotice?.(`runs that Temporal has forgotten are missing: ${(error as Error).message}`);
    return runs;
  }
}

/** Requests to S3 at once. */
const AT_ONCE = 32;

/** The runs that have left a record, newest first. @param known  those that need not be told */
export async function recordedRuns(
  { s3, settings, seen = new Map<string, Seen>() }: Records,
  { limit = 50, name }: Pick<ListOptions, 'limit' | 'name'>,
  known: readonly RunSummary[] = [],
): Promise<RunSummary[]> {
  const { bucket, prefix } = settings;
  if (!bucket) return [];
  const knownIds = new Set(known.map(({ workflowId }) => workflowId));
  // By the name of the pointer too, without reading it: of a run that was not reset it ends as the run id does.
  const names = namesIn(`${prefix}/`);
  const knownKeys = new Set(known.map((run) => `${names}${run.name}/${run.runId.slice(-8)}.json`));
  const pointers = await pointersBelow(s3(), bucket, `${names}${name === undefined ? '' : `${name}/`}`);
  const unknown = pointers.filter(({ key }) => !knownKeys.has(key));

  const look = async ({ key, at }: PointerPlace): Promise<RunSummary[]> => {
    const version = `${key} ${at}`;
    const found = seen.get(version) ?? (await seenAt(s3(), `s3://${bucket}/${key}`, knownIds));
    // Of one that Temporal knows no record was read; it may forget it yet.
    if (found === undefined || knownIds.has(found.workflowId)) return [];
    seen.set(version, found);
    return found.run ? [found.run] : [];
  };
  const found: RunSummary[] = [];
  for (let from = 0; from < unknown.length && found.length < limit;) {
    const some = unknown.slice(from, from + Math.min(AT_ONCE, limit - found.length));
    from += some.length;
    found.push(...(await Promise.all(some.map(look))).flat());
  }
  return found;
}

/** Undefined where the pointer is gone. The record of a run that is known need not be read. */
async function seenAt(s3: S3Client, uri: string, known: ReadonlySet<string>): Promise<Seen | undefined> {
  const pointer = await read<RecordPointer>(s3, uri);
  if (!pointer || known.has(pointer.workflowId)) return pointer && { workflowId: pointer.workflowId };
  const record = await read<RunRecord>(s3, pointer.record);
  return { workflowId: pointer.workflowId, run: record && summaryOf(record, pointer.record) };
}

async function lastOf(s3: S3Client, bucket: string, folder: string): Promise<RecordPointer | undefined> {
  const [last] = await pointersBelow(s3, bucket, folder);
  return last && read<RecordPointer>(s3, `s3://${bucket}/${last.key}`);
}

interface PointerPlace {
  key: string;
  /** When it was written, in milliseconds. */
  at: number;
}

/** The one that was written last comes first. */
async function pointersBelow(s3: S3Client, Bucket: string, Prefix: string): Promise<PointerPlace[]> {
  const found: PointerPlace[] = [];
  try {
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
      for (const { Key, LastModified } of page.Contents ?? []) found.push({ key: Key!, at: Number(LastModified) });
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  } catch (error) {
    throw fromAws(error, `looking for the records of runs below s3://${Bucket}/${Prefix}`);
  }
  return found.sort((a, b) => b.at - a.at);
}

/** Undefined where there is no such object: never written, or swept away with its run's folder. */
async function read<T>(s3: S3Client, uri: string): Promise<T | undefined> {
  const { bucket, key } = parseS3Uri(uri)!;
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return JSON.parse(await Body!.transformToString()) as T;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw fromAws(error, `reading ${uri}`);
  }
}

function progressIn({ version: _, runId: __, ...progress }: RunRecord, uri: string): Progress {
  return { ...progress, readFrom: uri };
}

const summaryOf = ({ runId, workflowId, name, status, stage, ...run }: RunRecord, uri: string): RunSummary => ({
  workflowId,
  runId,
  name,
  status,
  stage,
  base: run.lineage?.base,
  bestScore: run.lineage?.metrics?.means.candidate,
  gain: run.lineage?.metrics?.gain?.difference,
  origins: run.lineage?.metrics?.asked?.origins,
  decision: run.decision,
  dataHash: run.lineage?.dataHash,
  endpoint: run.lineage?.endpoint,
  costUsd: run.cost.accruedUsd,
  unchangedSince: run.unchanged?.since,
  startedAt: run.timeline[0]?.startedAt ?? '',
  endedAt: run.timeline.at(-1)?.endedAt,
  ui: '',
  readFrom: uri,
});
