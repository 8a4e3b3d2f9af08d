/**
 * Where a run's model comes from and where it went.
 * @module
 */
import type { Comparison, System } from './evaluation.js';
import type { Asked, Origins } from './origins.js';
import type { GateVerdict } from './verdict.js';

/** The model in service at an endpoint, as a run found it. */
export interface ServingModel {
  configName: string;
  /** model.tar.gz. */
  modelDataUrl: string;
  /** Workflow id of the run that made it. */
  madeBy?: string;
}

/** Where a run's model comes from and where it went: data, training job, metrics, artifact, endpoint. */
export interface Lineage {
  /** Digest of the data as it lay in S3 when the run began: keys, sizes, ETags. */
  dataHash?: string;
  /** Digest of the pairs that prepare made of it, and training read. */
  pairsHash?: string;
  base: string;
  /** The model whose weights training went on from; absent: the base's. */
  startedFrom?: ServingModel;
  trainingJob?: string;
  tuningJob?: string;
  /** As training left it. */
  modelArtifact?: string;
  /** The model in service that the candidate was compared with. */
  incumbent?: ServingModel;
  /** Means in the gate's metric, and the gain over the incumbent or, where none serves, the base. */
  metrics?: {
    metric: string;
    /** Absent: an earlier version measured it. */
    asked?: Asked;
    means: Partial<Record<System, number>>;
    against: 'base' | 'incumbent';
    gain?: Comparison;
  };
  /** Where the model was put into service. */
  endpoint?: { name: string; configName: string };
  /** Config that served there before. */
  replaced?: string;
}

/** The memo's member from which lists tell where a run's model comes from and where it went. */
export const LINEAGE = 'lineage';

export type ListedLineage = Pick<Lineage, 'dataHash' | 'endpoint'> & {
  gain?: number;
  /** Of the questions that the gain was measured on. */
  origins?: Origins;
  decision?: GateVerdict;
};

/** The memo's member by which lists tell a run that found nothing new: the workflow id of the run that it would have repeated. */
export const UNCHANGED_SINCE = 'unchangedSince';
