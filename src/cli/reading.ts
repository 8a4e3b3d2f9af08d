/**
 * Verbs that only look. While no Temporal server answers, they show what S3 has, and end as a server that does not answer
 * always ends: no script takes what may be old for what is.
 * @module
 */
import type { Reader } from '../client/index.js';
import { AttuneError } from '../spec/attuneError.js';
import type { Io } from './io.js';

/** @returns the exit code of `read` */
export async function reading(io: Io, read: (reader: Reader) => Promise<number>): Promise<number> {
  let reader: Reader;
  try {
    reader = await io.attune();
  } catch (error) {
    if (!(error instanceof AttuneError) || error.type !== 'NoServer') throw error;
    await fromRecords(io, error, read);
    throw error;
  }
  return read(reader);
}

async function fromRecords(io: Io, silence: AttuneError, read: (reader: Reader) => Promise<number>): Promise<void> {
  const { readRecords } = await import('../client/index.js');
  const records = readRecords(io.env, silence);
  try {
    await read(records);
    io.say('this is what S3 has, and may be old: Temporal does not answer');
  } catch (error) {
    if (error !== silence) io.say(`S3 does not tell of it either: ${(error as Error).message}`);
  } finally {
    await records.close();
  }
}
