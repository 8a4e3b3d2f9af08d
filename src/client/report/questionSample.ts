/**
 * Some of the questions that a language model wrote, in a file for a person: what is accepted or mended there is a person's
 * question, and `data.test` takes the file.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { sha256 } from '../../aws/hash.js';
import { filesOf, folderIn } from '../../run/files.js';
import type { Progress } from '../../run/progress.js';
import { keptQuestionSchema, type KeptQuestion } from '../../run/questions.js';
import { AttuneError } from '../../spec/attuneError.js';
import { readObject, type AwsClients } from '../aws.js';

export interface QuestionSample {
  /** Absolute path of the file. */
  path: string;
  /** In the file. */
  questions: number;
  /** That the run has kept. */
  of: number;
  documents: number;
}

/** What the file has of each question; `accepted` is the person's to fill in. */
const COLUMNS = ['accepted', 'query', 'document', 'group', 'id', 'kind'] as const;
type Row = Record<(typeof COLUMNS)[number], string | boolean>;

/**
 * @param to      ends in .csv, for a spreadsheet, or .jsonl
 * @param sample  questions: one of every document in turn, the same ones each time
 * @throws        AttuneError NotAvailable where the run has none, InvalidRequest for a file of another kind
 */
export async function questionSample(
  { s3 }: Pick<AwsClients, 's3'>,
  progress: Progress,
  to: string,
  sample = 100,
): Promise<QuestionSample> {
  const write = writerFor(to);
  const kept = await keptBy(s3, progress);
  const chosen = inTurn(kept).slice(0, sample);
  const path = resolve(to);
  await mkdir(dirname(path), { recursive: true });
  const rows = chosen.map(({ query, document, group, id, kind }) => {
    return { accepted: false, query, document, group, id, kind };
  });
  // Nobody's work is written over: the person may have begun to look through an earlier one.
  await writeFile(path, write(rows), { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new AttuneError('InvalidRequest', `${path} exists already`, 'name another file with --out');
  });
  return { path, questions: rows.length, of: kept.length, documents: new Set(chosen.map(({ group }) => group)).size };
}

async function keptBy(s3: AwsClients['s3'], progress: Progress): Promise<KeptQuestion[]> {
  const { workflowId, artifacts, stage } = progress;
  const folder = folderIn(progress);
  if (folder === undefined || artifacts['questions'] === undefined || artifacts['data'] === undefined)
    throw new AttuneError(
      'NotAvailable',
      `${workflowId} has no questions of a language model: it is at ${stage}`,
      'a run has them once prepare has ended, where its spec has data.questions',
    );
  const body = await readObject(s3(), filesOf({ folder }).keptQuestions);
  const kept: KeptQuestion[] = [];
  for await (const line of createInterface({ input: body, crlfDelay: Infinity })) {
    if (line !== '') kept.push(keptQuestionSchema.parse(JSON.parse(line)));
  }
  return kept;
}

/** One of each document, then another of each, and so on. */
function inTurn(kept: readonly KeptQuestion[]): KeptQuestion[] {
  const turns = new Map<string, number>();
  return [...kept]
    .sort((a, b) => (sha256(a.id) < sha256(b.id) ? -1 : 1))
    .map((question) => {
      const turn = turns.get(question.group) ?? 0;
      turns.set(question.group, turn + 1);
      return { question, turn };
    })
    .sort((a, b) => a.turn - b.turn)
    .map(({ question }) => question);
}

function writerFor(to: string): (rows: Row[]) => string {
  if (/\.csv$/i.test(to)) return csv;
  if (/\.jsonl$/i.test(to)) return (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  throw new AttuneError('InvalidRequest', `${to} ends in neither .csv nor .jsonl`, 'name such a file with --out');
}

/** As RFC 4180 has it, with a mark of UTF-8, without which spreadsheets take it for something older. */
const csv = (rows: Row[]): string =>
  `\uFEFF${[[...COLUMNS], ...rows.map((row) => COLUMNS.map((column) => row[column]))]
    .map((cells) => cells.map(cellOf).join(','))
    .join('\r\n')}\r\n`;

/** A spreadsheet takes what begins so for a formula, and what begins with a blank for text. */
const FORMULA = /^[=+\-@\t\r]/;

function cellOf(value: string | boolean): string {
  const text = String(value);
  const shown = FORMULA.test(text) ? ` ${text}` : text;
  return /[",\r\n]|^ /.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
