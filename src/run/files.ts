/**
 * Where things lie in a run's folder in S3.
 * @module
 */
import type { Run } from './run.js';

/** Where things lie in the run's folder. */
export const filesOf = ({ folder }: Pick<Run, 'folder'>) => ({
  spec: `${folder}spec.json`,
  data: `${folder}data/`,
  train: `${folder}data/train/`,
  dev: `${folder}data/dev/`,
  test: `${folder}data/test/`,
  corpus: `${folder}data/corpus/`,
  dataReport: `${folder}data/report.json`,
  guards: `${folder}guards/`,
  training: `${folder}training`,
  checkpoints: `${folder}checkpoints/`,
  trials: `${folder}tuning/trials.json`,
  evaluation: `${folder}evaluation/`,
  report: `${folder}evaluation/report.json`,
  reportHtml: `${folder}evaluation/report.html`,
  probes: `${folder}evaluation/probes.json`,
  package: `${folder}package/model.tar.gz`,
  manifest: `${folder}package/manifest.json`,
  approval: `${folder}deployment/approval.json`,
  verification: `${folder}deployment/verification.json`,
  /** Beside the folders of all runs of this name. */
  lastDecided: folder.replace(/[^/]+\/$/, 'last-decided.json'),
});
