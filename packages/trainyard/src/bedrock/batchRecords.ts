/**
 * The records of a batch job: JSON Lines in S3, each asked about, and what came of it in a file of the same name and `.out`.
 * @module
 */
import { Readable } from 'node:stream';
import { AwsError } from '../errors.js';
import { objectsUnder, putStream, readObject, under } from '../s3.js';
import type { BatchJob, Counts } from './batchJob.js';
import { SLOTS } from './languageModel.js';

/** @throws AwsError for what a record cannot be asked for: it stands in the record's place then */
export type Answer = (modelId: string, input: Record<string, unknown>) => Promise<object>;

/** AWS's default of the quota "Minimum number of records per batch inference job". */
export const FEWEST_RECORDS = 100;

interface BatchRecord {
  recordId: string;
  modelInput: Record<string, unknown>;
}

/**
 * Asks about every record. Those whose answers are there already, from before a restart, are not asked about again.
 *
 * @param onCounts  after each answer
 * @throws Error    in AWS's words for input that no job can run on, or the signal's reason
 */
export async function runRecords(
  { id, request }: BatchJob,
  answer: Answer,
  signal: AbortSignal,
  onCounts: (counts: Counts) => void,
): Promise<void> {
  const { s3Uri: input } = request.inputDataConfig.s3InputDataConfig;
  const output = under(request.outputDataConfig.s3OutputDataConfig.s3Uri, id);
  const files = await filesOf(input);
  const total = files.reduce((sum, { records }) => sum + records.length, 0);
  if (total < FEWEST_RECORDS)
    throw new Error(`Batch job ${id} contains less records (${total}) than the required minimum of: ${FEWEST_RECORDS}`);
  const counts: Counts = {
    totalRecordCount: total,
    processedRecordCount: 0,
    successRecordCount: 0,
    errorRecordCount: 0,
    inputTokenCount: 0,
    outputTokenCount: 0,
  };
  onCounts(counts);
  for (const { name, records } of files) {
    const uri = under(output, `${name}.out`);
    const answers = ((await readObject(uri)) ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Answered);
    for (const one of answers) count(counts, one);
    const known = new Set(answers.map(({ recordId }) => recordId));
    const left = records.filter(({ recordId }) => !known.has(recordId));
    const lane = async (): Promise<void> => {
      for (let record = left.shift(); record && !signal.aborted; record = left.shift()) {
        const answered = await answeredBy(answer, request.modelId, record);
        answers.push(answered);
        count(counts, answered);
        onCounts(counts);
      }
    };
    await Promise.all(Array.from({ length: SLOTS }, lane));
    // Of a job that is stopped too: what has been processed is paid for.
    if (answers.length > known.size) await putStream(uri, textOf(answers));
    if (signal.aborted) break;
  }
  await putStream(under(output, 'manifest.json.out'), Readable.from([JSON.stringify(counts)]));
  signal.throwIfAborted();
}

type Answered = BatchRecord & {
  modelOutput?: { usage?: { inputTokens?: number; outputTokens?: number } };
  error?: object;
};

async function answeredBy(answer: Answer, modelId: string, record: BatchRecord): Promise<Answered> {
  try {
    return { ...record, modelOutput: await answer(modelId, record.modelInput) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { ...record, error: { errorCode: error.status, errorMessage: error.message } };
  }
}

function count(counts: Counts, { modelOutput }: Answered): void {
  counts.processedRecordCount += 1;
  if (modelOutput) counts.successRecordCount += 1;
  else counts.errorRecordCount += 1;
  counts.inputTokenCount += modelOutput?.usage?.inputTokens ?? 0;
  counts.outputTokenCount += modelOutput?.usage?.outputTokens ?? 0;
}

async function filesOf(input: string): Promise<{ name: string; records: BatchRecord[] }[]> {
  const found = (await objectsUnder(input)).filter((uri) => uri.endsWith('.jsonl'));
  if (found.length === 0) throw new Error(`The S3 URI ${input} holds no file that ends in .jsonl.`);
  const files = [];
  for (const uri of found) {
    const lines = ((await readObject(uri)) ?? '').split('\n').filter((line) => line.trim() !== '');
    const name = uri.slice(uri.lastIndexOf('/') + 1);
    files.push({ name, records: lines.map((line, i) => recordIn(line, `${name}, line ${i + 1}`)) });
  }
  return files;
}

/** @throws Error where the line is no record; whether the model takes its input shows when it is asked */
function recordIn(line: string, where: string): BatchRecord {
  try {
    const { recordId, modelInput } = JSON.parse(line) as Partial<BatchRecord>;
    if (typeof modelInput === 'object' && modelInput !== null)
      return { recordId: String(recordId ?? where), modelInput };
  } catch {
    // Refused below, as what is JSON and no record.
  }
  throw new Error(`${where}: expected a JSON object with recordId and modelInput.`);
}

const textOf = (answers: readonly Answered[]): Readable =>
  Readable.from([answers.map((one) => `${JSON.stringify(one)}\n`).join('')]);
