/**
 * What a run leaves of itself in S3 at its end, and how it is found there when Temporal has forgotten it.
 * @module
 */
import type { Progress } from './progress.js';
import type { BaseCopy, Run } from './run.js';

/** `run.json` in a run's folder: its progress as it ended. */
export interface RunRecord extends Progress {
  version: 1;
  /** Of the workflow's execution that ended. */
  runId: string;
  /** The base's commit and copy, where it is a model of the hub. */
  base?: BaseCopy;
}

/** Points to a record. */
export interface RecordPointer {
  version: 1;
  workflowId: string;
  /** S3 URI. */
  record: string;
}

/** Beside the folders of names, and no name begins with an underscore. */
const INDEX = '_runs/';

/** The folder of all pointers by name. @param prefix  where runs lie, with a slash at its end */
export const namesIn = (prefix: string): string => `${prefix}${INDEX}names/`;

/** The pointer of a workflow id, to its last run, or of a run id. @param digest  SHA-256 of the id, in hex: ids hold what keys should not */
export const pointerOfId = (prefix: string, digest: string): string => `${prefix}${INDEX}ids/${digest}.json`;

/** The pointer of each run of a name. */
export const pointerOfName = (prefix: string, { spec, run }: Pick<Run, 'spec' | 'run'>): string =>
  `${namesIn(prefix)}${spec.name}/${run}.json`;

/** Where all runs lie: the folder of the folders of names. */
export const prefixOf = ({ folder }: Pick<Run, 'folder'>): string => folder.replace(/[^/]+\/[^/]+\/$/, '');
