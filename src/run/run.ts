/**
 * A run as preflight settled it: all that later stages need to know, a few KB of plain JSON.
 * @module
 */
import type { RunSpec } from '../spec/embedSettings.js';
import type { Engine } from '../spec/engine.js';
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

/** What embeds, and the digest of all that its vectors follow from. */
export interface EmbeddedBy {
  digest: string;
  /** Of a job: what computes the vectors, as at the endpoint that serves the model. */
  engine?: Engine;
  /** Of an endpoint: the config that it serves, and the model of that, where SageMaker knows its archive. */
  endpoint?: { name: string; configName: string; modelDataUrl?: string };
}

export interface Run {
  workflowId: string;
  /** Last 8 hex digits of the first execution's run id. */
  run: string;
  /** The whole of it; absent, as the namespace, in runs that versions before 0.1.0 began. */
  runId?: string;
  /** Temporal's namespace. */
  namespace?: string;
  spec: RunSpec;
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
  /** Folder of what earlier runs of this name have put into each split, for prepare to go by. Absent: there were none. */
  earlier?: string;
  /** With an index: how often syncs had changed it when the run began. Absent where a version before it began the run. */
  indexChanges?: number;
  /** S3 folder of the corpus, where another run has prepared it. Default: its own. */
  corpus?: string;
  /** Digest of the data as it was at the start: keys, sizes, ETags. Absent where there are too many objects to list. */
  dataHash?: string;
  /** Of a request to embed: what all of its vectors are made by. */
  embedding?: EmbeddedBy;
  /** Digest of all that is done with the data: settings, base, guard sets, scripts, images. Absent as above. */
  recipeHash?: string;
}
