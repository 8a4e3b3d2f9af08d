/**
 * The prepare job's own checks on this machine, for nothing, before anything is submitted.
 * @module
 */
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { listObjects } from '../../aws/s3.js';
import { providedTool } from '../../dev/toolchain/findTool.js';
import { projectRoot, SETUP_COMMAND } from '../../dev/toolchain/places.js';
import type { SetAside } from '../../run/dataReport.js';
import { admittedOf, askedIn, type Origins } from '../../run/origins.js';
import { enough } from '../../run/proof.js';
import { passageCountsSchema, type PassageCounts } from '../../run/questions.js';
import { smallestGain, type SmallestGain } from '../../run/smallestGain.js';
import { AttuneError } from '../../spec/attuneError.js';
import type { Problem } from '../../spec/problem.js';
import { expectedUsd } from '../../spec/batch.js';
import { expectedTokens, tokenPriceOf, type Tokens } from '../../spec/questions.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import { claimsS3, dataInputsOf, parseS3Uri, type S3Input } from '../../spec/sources.js';
import { awsClients, fromAws, readObject } from '../aws.js';
import { settingsWithRegion } from '../settings.js';
import { checkFor } from './check.js';
import type { ChosenSource } from './chosen.js';

export type DataCheck =
  /** The spec, or the first rows of its local files, have faults. */
  | { ok: false; problems: Problem[] }
  /** What the prepare job would say. */
  | { ok: false; refused: string }
  | { ok: true; name: string; report: DataReport; gate: GateOutlook }
  /** A language model is to write the questions: nobody is asked here, so there are passages only. */
  | { ok: true; name: string; asks: Asks };

export interface Asks extends Pick<PassageCounts, 'passages' | 'of' | 'documents' | 'ofDocuments'> {
  model: string;
  questions: number;
  /** As they are expected, and what they cost; undefined where the model's price is not known. */
  tokens: Tokens;
  usd?: number;
  setAside: SetAside[];
  warnings: string[];
}

/** data/report.json, as far as it is shown. */
export interface DataReport {
  inputs: { name: string; bytes: number }[];
  read: { rows: number; unreadable: number; unreadablePlaces: string[] };
  counts: Record<
    string,
    Partial<Record<'questions' | 'pairs' | 'passages' | 'groups' | 'withNegatives', number>> & { origins?: Origins }
  >;
  tokenLengths: Record<
    'questions' | 'passages',
    { counted: number; p50?: number; p95?: number; truncatedShare?: number }
  >;
  maxSeqLength: number;
  setAside: SetAside[];
  warnings: string[];
}

/** What the gate can tell with the test questions that there are. */
export interface GateOutlook {
  metric: string;
  confidence: number;
  /** Of those that `gate.evidence` admits. */
  questions: number;
  groups: number;
  minQuestions: number;
  minGroups: number;
  /** Why it decides nothing, in its own words. Absent: it decides. */
  undecided?: string;
  /** Where it decides: of its first decision on these questions. */
  smallestGain?: SmallestGain;
}

export interface DataCheckOptions {
  /** Where relative paths start. Default: the working folder. */
  cwd?: string;
  /** Called with each line that says how far it is. */
  onProgress?: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * Reads, cleans, splits and checks the data of a spec as its job would, in a folder that is gone afterwards. What lies in S3 is
 * downloaded by the caller's own credentials.
 *
 * @throws AttuneError NotAvailable where this machine has no Python environment, or the base lies in S3
 */
export async function checkData(
  specOrPath: string | object,
  { cwd, onProgress = () => undefined, signal }: DataCheckOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<DataCheck> {
  const checked = await checkFor(await settingsWithRegion(env), specOrPath, { cwd });
  if (!checked.ok) return { ok: false, problems: checked.problems };
  const { spec, upload } = checked;
  const python = providedTool('python')?.file;
  if (python === undefined || !existsSync(python))
    throw new AttuneError('NotAvailable', 'this machine has no Python environment of attune', SETUP_COMMAND);
  if (claimsS3(spec.base))
    throw new AttuneError(
      'NotAvailable',
      `the base lies in S3 (${spec.base}), and its tokenizer is needed here`,
      'name the same model by a hub id or a folder to look at the data',
    );
  const work = await mkdtemp(join(tmpdir(), 'attune-data-'));
  const aws = awsClients(env);
  try {
    await bringHere(aws.s3, spec, upload, join(work, 'input'), onProgress);
    const base = upload.find(({ source }) => source.field === 'base');
    const here = { ...spec, base: base ? join(work, 'input', 'base') : spec.base };
    await writeFile(join(work, 'prepare.json'), JSON.stringify(here));
    await mkdir(join(work, 'output'));
    const job = spec.data.questions ? 'questions' : 'prepare';
    const code = await run(python, job, work, { onProgress, signal }, env);
    if (code === 2) return { ok: false, refused: (await readFile(join(work, 'output', 'message'), 'utf8')).trim() };
    if (code !== 0) {
      const why = await readFile(join(work, 'output', 'message'), 'utf8').catch(() => `exit code ${code}`);
      throw new AttuneError('NotAvailable', `the data cannot be looked at here: ${why}`, 'see the lines above');
    }
    if (spec.data.questions) return { ok: true, name: spec.name, asks: await asksOf(spec, checked, work) };
    const report = JSON.parse(await readFile(join(work, 'output', 'data', 'report.json'), 'utf8')) as DataReport;
    return { ok: true, name: spec.name, report, gate: outlookOf(report, spec) };
  } finally {
    aws.close();
    await rm(work, { recursive: true, force: true });
  }
}

/** What the job has chosen to ask about. */
async function asksOf(
  spec: FineTuneSpec,
  { region, warnings }: { region?: string; warnings: string[] },
  work: string,
): Promise<Asks> {
  const read = (name: string): Promise<string> => readFile(join(work, 'output', 'questions', name), 'utf8');
  const counts = passageCountsSchema.parse(JSON.parse(await read('counts.json')));
  const lines = (await read('set_aside.jsonl')).split('\n').filter((line) => line !== '');
  const { passages, of, documents, ofDocuments } = counts;
  const questions = spec.data.questions!;
  const tokens = expectedTokens(spec, passages);
  return {
    model: questions.model,
    passages,
    of,
    documents,
    ofDocuments,
    questions: passages * questions.perPassage,
    tokens,
    usd: expectedUsd(spec, passages, tokenPriceOf(questions, region ?? '')),
    setAside: lines.map((line) => JSON.parse(line) as SetAside),
    warnings,
  };
}

function outlookOf({ counts }: DataReport, { gate }: FineTuneSpec): GateOutlook {
  const { metric, confidence, minGain, minQuestions, minGroups, evidence } = gate;
  const { questions: all = 0, groups: ofAll = all, origins } = counts['test'] ?? {};
  const asked = askedIn({ questions: all, origins });
  const questions = admittedOf(asked, evidence);
  const groups = Math.min(ofAll, questions);
  const { good, reason } = enough(asked, groups, gate);
  const outlook = { metric, confidence, questions, groups, minQuestions, minGroups };
  if (!good) return { ...outlook, undecided: reason };
  return { ...outlook, smallestGain: smallestGain({ questions, groups }, { confidence, minGain }) };
}

/** Each input in a folder of its own, as SageMaker lays them out: links to what an upload would send, and what S3 holds. */
async function bringHere(
  s3: () => S3Client,
  spec: FineTuneSpec,
  upload: readonly ChosenSource[],
  folder: string,
  onProgress: (line: string) => void,
): Promise<void> {
  for (const input of dataInputsOf(spec)) {
    const own = join(folder, input.channel);
    const local = upload.find(({ source }) => source.field === input.field);
    if (local) await linked(local, own);
    else await downloaded(s3(), input, own, onProgress);
  }
  const base = upload.find(({ source }) => source.field === 'base');
  if (base) await linked(base, join(folder, 'base'));
}

async function linked({ files }: ChosenSource, folder: string): Promise<void> {
  for (const { path, name } of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await symlink(path, join(folder, name));
  }
}

async function downloaded(
  s3: S3Client,
  { field, source, file }: S3Input,
  folder: string,
  onProgress: (line: string) => void,
): Promise<void> {
  onProgress(`downloading ${source}`);
  const listed = await listObjects(s3, source).catch((error: unknown) => {
    throw fromAws(error, `listing ${source} (${field})`);
  });
  if (listed === undefined)
    throw new AttuneError(
      'NotAvailable',
      `${source} (${field}) has more objects than are listed`,
      'look at a part of it',
    );
  const { bucket, key: prefix } = parseS3Uri(source)!;
  for (const { key } of listed) {
    const name = file ? key.split('/').at(-1)! : key.slice(prefix.length);
    if (name === '' || name.endsWith('/') || name.split('/').includes('..')) continue;
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(await readObject(s3, `s3://${bucket}/${key}`), createWriteStream(path, { mode: 0o600 }));
  }
}

/** Its own output is the talk. What it says of a refusal stands in its message too; of a crash, the trace is the talk's. */
function run(
  python: string,
  job: 'prepare' | 'questions',
  work: string,
  { onProgress, signal }: Required<Pick<DataCheckOptions, 'onProgress'>> & Pick<DataCheckOptions, 'signal'>,
  env: NodeJS.ProcessEnv,
): Promise<number | null> {
  const paths = [`--spec=${work}/prepare.json`, `--input=${work}/input`, `--output=${work}/output`];
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-m', `attune_jobs.${job}`, ...paths], {
      env: { ...env, PYTHONPATH: join(projectRoot, 'python'), PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    let rest = '';
    child.stdout.on('data', (data: Buffer) => {
      const lines = (rest + data.toString()).split('\n');
      rest = lines.pop()!;
      lines.filter((line) => !/: (warning|set aside): /.test(line)).forEach(onProgress);
    });
    let faults = '';
    child.stderr.on('data', (data: Buffer) => (faults += data.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0 && code !== 2) onProgress(faults.trim());
      resolve(code);
    });
  });
}
