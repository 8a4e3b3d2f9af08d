/**
 * `attune init`: a commented spec to start from.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AttuneError } from '../spec/attuneError.js';
import { fineTuneSpecSchema } from '../spec/schema.js';
import { EXIT } from './exit.js';
import type { Io } from './io.js';

const schemaFile = fileURLToPath(new URL('../../schema/attune-v1.schema.json', import.meta.url));

export interface InitFlags {
  name: string;
  force?: boolean;
}

export async function init(io: Io, file: string, { name, force }: InitFlags): Promise<number> {
  const checked = fineTuneSpecSchema.shape.name.safeParse(name);
  if (!checked.success)
    throw new AttuneError(
      'InvalidRequest',
      `--name ${name}: expected ${checked.error.issues[0]!.message}`,
      'choose another name',
    );
  const path = resolve(io.cwd, file);
  await mkdir(dirname(path), { recursive: true });
  const schema = relative(dirname(path), schemaFile).split(sep).join('/');
  try {
    await writeFile(path, specText(name, schema), { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new AttuneError(
      'InvalidRequest',
      `${file} is there already`,
      'name another file, or overwrite it with --force',
      { cause: error },
    );
  }
  io.out(path);
  io.say(`Put your question/passage pairs into pairs.jsonl beside it, or name them in "data".`);
  io.next(`attune validate ${file}`);
  return EXIT.done;
}

/** The three keys that are needed, and the others as comments with their defaults. */
const specText = (name: string, schema: string): string => `# yaml-language-server: $schema=${schema}
apiVersion: attune/v1
name: ${name}

# One of three forms; local files are uploaded, s3:// URIs are taken as they are:
#   pairs: ./pairs.jsonl               {"query": "...", "document": "...", "group"?: "..."} a line
#   corpus, queries, qrels             BEIR layout: corpus.jsonl, queries.jsonl, qrels/{train,dev,test}.tsv
#   documents: ./docs/                 Markdown, HTML, PDF, Word, …; headings become questions
data:
  pairs: ./pairs.jsonl

# All that follows has a default; uncomment what you want to change.

# base: sentence-transformers/all-MiniLM-L6-v2

# train:
#   epochs: 2
#   learningRate: 5e-5
#   batchSize: 64
#   maxSeqLength: 128
#   dimensions: [384, 256, 128, 64]    # Matryoshka sizes, largest first

# tune: {trials: 8}                    # search for better settings by dev nDCG@10, instead of one training

# compute:                             # a list of types: the next is taken where one is not to be had
#   train: {instanceType: ml.g5.xlarge, count: 1, spot: false}

# budget: {maxUsd: 20}                 # stops before the next paid step, and training at a checkpoint

# gate:                                # what a candidate must show on held-out questions
#   metric: ndcg@10
#   confidence: 0.95
#   minQuestions: 100
#   guards: []                         # question sets on which it must not be worse than what serves

# deploy:                              # or false: stop after packaging
#   endpoint: ${name}
#   instanceType: ml.c6i.xlarge
#   approval: none                     # required: a named person approves before it goes live

# notify: [{workflowId: nightly}]      # workflows that want to hear of milestones
`;
