/**
 * The way back of an endpoint to the model before: what is asked, and how it came out. Crosses the border of a workflow.
 * @module
 */
import type { ServingModel } from './lineage.js';

export interface RollBack {
  endpoint: string;
  /** Who wants it; goes on record. */
  by: string;
  reason?: string;
  /** `user@host` of the sender. */
  identity?: string;
}

export interface RolledBack {
  endpoint: string;
  /** What served. */
  from: ServingModel;
  /** What serves now. */
  to: ServingModel;
  /** Worst cosine between the live vectors and those of its evaluation. */
  minCosine: number;
  /** What a person may want to know. */
  notices: string[];
  /** S3 URI of the record of it. */
  record: string;
}
