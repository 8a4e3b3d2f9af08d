/**
 * `attune questions`: some of the questions that a language model wrote, for a person to look through.
 * @module
 */
import { resolve } from 'node:path';
import type { Reader } from '../client/index.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { reading } from './reading.js';

export interface QuestionsFlags extends JsonFlag {
  sample: number;
  out: string;
}

export const questions = (io: Io, run: string, flags: QuestionsFlags): Promise<number> =>
  reading(io, (reader) => written(reader, io, run, flags));

async function written(reader: Reader, io: Io, run: string, { sample, out, json }: QuestionsFlags): Promise<number> {
  const file = await reader.questions(run, resolve(io.cwd, out), sample);
  if (json) io.json(file);
  else io.out(`${file.path}: ${file.questions} of ${file.of} questions, from ${file.documents} documents`);
  io.next(`set "accepted" to true where a person would ask so, fix what is nearly right, then data: {test: ${out}}`);
  return EXIT.done;
}
