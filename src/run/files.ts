/**
 * Where things lie in a run's folder in S3.
 * @module
 */
import type { Run } from './run.js';

/** As processing jobs see it too. */
export const SPEC_FILE = 'spec.json';

/** Where things lie in the run's folder: S3 URIs for a folder's URI, keys for its key. What ends with a slash is a folder. */
export const filesOf = ({ folder }: Pick<Run, 'folder'>) => ({
  /** The first file of each run: it says whose the folder is. */
  spec: `${folder}${SPEC_FILE}`,
  /** What a language model writes: the passages that it is shown, and its answers, in shards of the same numbers. */
  questions: `${folder}questions/`,
  passagesToAsk: `${folder}questions/passages/`,
  questionShards: `${folder}questions/shards/`,
  /** Of batch jobs: what is asked, and what is answered. */
  questionBatches: `${folder}questions/batch/`,
  data: `${folder}data/`,
  train: `${folder}data/train/`,
  dev: `${folder}data/dev/`,
  test: `${folder}data/test/`,
  corpus: `${folder}data/corpus/`,
  passages: `${folder}data/corpus/corpus.jsonl`,
  dataReport: `${folder}data/report.json`,
  /** What prepare took of a language model's questions, and why it dropped the others. */
  keptQuestions: `${folder}data/questions/kept.jsonl`,
  questionsReport: `${folder}data/questions/report.json`,
  /** Hashes of what this run and earlier ones have put into each split. */
  assigned: `${folder}data/assigned/`,
  /** Which commit the base was, where it is a model of the hub. */
  base: `${folder}data/base.json`,
  guards: `${folder}guards/`,
  training: `${folder}training`,
  checkpoints: `${folder}checkpoints/`,
  trials: `${folder}tuning/trials.json`,
  evaluation: `${folder}evaluation/`,
  report: `${folder}evaluation/report.json`,
  reportHtml: `${folder}evaluation/report.html`,
  /** A folder for each base that is compared. */
  bases: `${folder}evaluation/bases/`,
  probes: `${folder}evaluation/probes.json`,
  evaluatedQuestions: `${folder}evaluation/questions.jsonl`,
  /** Rows of the two below; all three only of a corpus that is not too large. */
  corpusIds: `${folder}evaluation/corpus_ids.json`,
  corpusBase: `${folder}evaluation/corpus_base.npy`,
  corpusCandidate: `${folder}evaluation/corpus_candidate.npy`,
  manifest: `${folder}package/manifest.json`,
  approval: `${folder}deployment/approval.json`,
  verification: `${folder}deployment/verification.json`,
  /** What later runs may take over: one file a stage. */
  results: `${folder}results/`,
  /** The run as it ended. */
  record: `${folder}run.json`,
  /** Beside the folders of all runs of this name. */
  lastDecided: folder.replace(/[^/]+\/$/, 'last-decided.json'),
  looks: folder.replace(/[^/]+\/$/, 'looks.json'),
  lastAssigned: folder.replace(/[^/]+\/$/, 'last-assigned.json'),
});

/**
 * The archive that endpoints load, by its SHA-256: one that a reset run trains anew lies beside the one that may be in
 * service, not in its place.
 */
export const packageFile = ({ folder }: Pick<Run, 'folder'>, digest: string): string =>
  `${folder}package/${digest.slice(0, 16)}/model.tar.gz`;

/** The digest of a run's job scripts, which their folder in S3 is named by. */
export const codeDigestOf = ({ code }: Pick<Run, 'code'>): string | undefined =>
  /\/code\/([0-9a-f]{64})\//.exec(code.files)?.[1];

/** The folder of the run that packaged a model: what lies there was checked, and its name is its digest. Undefined where no run did. */
export const folderOfModel = (modelDataUrl: string): string | undefined =>
  /^(.*\/)package\/[0-9a-f]{16}\/model\.tar\.gz$/.exec(modelDataUrl)?.[1];

/** Where the manifest of a packaged model lies; undefined where the model was not packaged by a run. */
export function manifestOf(modelDataUrl: string): string | undefined {
  const folder = folderOfModel(modelDataUrl);
  return folder === undefined ? undefined : filesOf({ folder }).manifest;
}

/** That its model went into service again. @param from  endpoint config that served until then */
export const rollbackFile = ({ folder }: Pick<Run, 'folder'>, from: string): string =>
  `${folder}deployment/rollback-${from}.json`;

/** What the evaluation of a base leaves that is compared with others. @param index  from 0, in the order of the spec */
export function baseFilesOf(run: Pick<Run, 'folder'>, index: number) {
  const folder = `${filesOf(run).bases}${index}/`;
  return { folder, report: `${folder}report.json`, reportHtml: `${folder}report.html` };
}

/** That somebody was told of something. @param digest  of the event and of who */
export const notifiedFile = ({ folder }: Pick<Run, 'folder'>, digest: string): string =>
  `${folder}notifications/${digest.slice(0, 32)}.json`;

/** The end of the log of a job that failed. It quotes data, so it lies here and in no history. */
export const logTailFile = ({ folder }: Pick<Run, 'folder'>, job: string): string => `${folder}logs/${job}.txt`;

export const endpointLogFile = ({ folder }: Pick<Run, 'folder'>, endpoint: string): string =>
  `${folder}logs/endpoint/${endpoint}.txt`;

/** The folder of a run that tells what it has left; undefined where that is nothing yet. */
export const folderIn = ({ artifacts: { spec } }: { artifacts: Record<string, string> }): string | undefined =>
  spec?.slice(0, -SPEC_FILE.length);
