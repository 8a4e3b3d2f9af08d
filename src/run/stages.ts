/**
 * The stages of a run.
 * @module
 */

export type Stage =
  | 'preflight'
  | 'prepare'
  | 'train'
  | 'tune'
  | 'evaluate'
  | 'gate'
  | 'package'
  | 'approve'
  | 'deploy'
  | 'verify'
  | 'done';
