/**
 * A run as preflight settled it: all that later stages need to know, a few KB of plain JSON.
 * @module
 */
import type { FineTuneSpec } from '../spec/schema.js';
import type { ComputeKey } from '../spec/stages.js';

/** The model in service at an endpoint. */
export interface Incumbent {
  configName: string;
  /** model.tar.gz. */
  modelDataUrl: string;
  /** No instances: the endpoint is paid by the request. */
  serverless: boolean;
  /** Workflow id of the run that made it, as the config's tag has it. */
  madeBy?: string;
  /** That run's last 8 hex digits, as the tag has them: a workflow id can be used again. */
  madeIn?: string;
}

/** A hub's model, copied into the bucket. */
export interface BaseCopy {
  commit: string;
  /** Folder, with a slash at its end. */
  uri: string;
  /** Over all its files, as python/attune_jobs/arrived.py reckons it. */
  sha256: string;
}

export interface Run {
  workflowId: string;
  /** Last 8 hex digits of the first execution's run id. */
  run: string;
  /** The whole of it; absent, as the namespace, in runs that versions before 0.1.0 began. */
  runId?: string;
  /** Temporal's namespace. */
  namespace?: string;
  spec: FineTuneSpec;
  region: string;
  roleArn: string;
  /** S3 URI of the run's folder, with a slash at its end. */
  folder: string;
  /** Folder of the Python sources. */
  code: { files: string };
  images: Record<ComputeKey, string> & { deploy?: string };
  /** The copy of the base, where it was there when the run began. Later jobs learn of another from data/base.json. */
  base?: BaseCopy;
  /** Where training starts, with `train.startFrom: incumbent`: what served when the run began. Absent: the base. */
  startsFrom?: Incumbent;
  /** Digest of the data as it was at the start: keys, sizes, ETags. Absent where there are too many objects to list. */
  dataHash?: string;
  /** Digest of all that is done with the data: settings, base, guard sets, scripts, images. Absent as above. */
  recipeHash?: string;
}
