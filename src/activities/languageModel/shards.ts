/**
 * Shards in S3: the passages of one are asked about, and what comes back is written at once, a small object a passage, until the
 * shard is whole. So a worker that dies has lost the requests in flight and nothing else, and no shard is paid for twice.
 * @module
 */
import type { z } from 'zod';
import { listObjects, locationOf, readText, removeObjects, writeObject } from '../../aws/s3.js';
import {
  countsFile,
  passageCountsSchema,
  passageToAskSchema,
  shardFilesOf,
  writtenSchema,
  type PassageCounts,
  type PassageToAsk,
  type Written,
} from '../../run/questions.js';
import type { Run } from '../../run/run.js';
import { fail } from '../../spec/failures.js';
import { calling } from '../call.js';
import type { Deps } from '../deps.js';
import { readRecord } from '../records.js';

/** @throws NotFound (final) where the job has left no passages */
export async function countsOf(deps: Deps, run: Run): Promise<PassageCounts> {
  const uri = countsFile(run);
  const counts = await readRecord(deps, uri, passageCountsSchema);
  if (counts) return counts;
  throw fail('NotFound', `${uri} is not there, or not of the form that is expected`, { mend: 'submit again' });
}

export class Shard {
  private readonly files: ReturnType<typeof shardFilesOf>;

  constructor(
    private readonly deps: Deps,
    private readonly run: Run,
    index: number,
  ) {
    this.files = shardFilesOf(run, index);
  }

  /** Undefined until it is whole. */
  written(): Promise<Written[] | undefined> {
    return this.lines(this.files.written, writtenSchema);
  }

  async passages(): Promise<PassageToAsk[]> {
    const found = await this.lines(this.files.passages, passageToAskSchema);
    if (found) return found;
    const mend = 'find out who removes files of running runs, and submit again';
    throw fail('NotFound', `${this.files.passages} is not there any more`, { mend });
  }

  /** What there is of it by now, by the passage's number in the shard. */
  async parts(): Promise<Map<number, Written>> {
    const { s3 } = this.deps;
    const listed = await calling(`listing ${this.files.parts}`, this.deps, () => listObjects(s3, this.files.parts));
    const parts = new Map<number, Written>();
    for (const { key } of listed ?? []) {
      const number = Number(key.split('/').at(-1)!.replace('.json', ''));
      const [part] = (await this.lines(`${this.files.parts}${number}.json`, writtenSchema)) ?? [];
      if (part) parts.set(number, part);
    }
    return parts;
  }

  keepPart(number: number, part: Written): Promise<void> {
    return this.write(`${this.files.parts}${number}.json`, [part]);
  }

  async keep(written: readonly Written[]): Promise<void> {
    await this.write(this.files.written, written);
    await this.removeParts();
  }

  /** Of a shard that is whole: the parts have done their work. */
  async removeParts(): Promise<void> {
    const { s3 } = this.deps;
    await calling(`removing ${this.files.parts}`, this.deps, async () => {
      const parts = (await listObjects(s3, this.files.parts)) ?? [];
      await removeObjects(s3, locationOf(this.files.parts).bucket, parts);
    });
  }

  private async lines<T>(uri: string, schema: z.ZodType<T>): Promise<T[] | undefined> {
    const text = await calling(`reading ${uri}`, this.deps, () => readText(this.deps.s3, uri));
    try {
      return text
        ?.split('\n')
        .filter((line) => line !== '')
        .map((line) => schema.parse(JSON.parse(line)));
    } catch {
      // What the line holds is not told: it may be a document.
      throw fail('ContentChanged', `${uri} is not what attune wrote there`, { mend: 'remove it, and retry the run' });
    }
  }

  private write(uri: string, lines: readonly Written[]): Promise<void> {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    return calling(`writing ${uri}`, this.deps, () => writeObject(this.deps.s3, uri, text, this.run.spec.encryption));
  }
}
