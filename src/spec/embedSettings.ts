/**
 * What a request to embed has beside the keys of a spec. It imports no values: workflow code loads it too.
 * @module
 */
import type { FineTuneSpec } from './schema.js';

export const KINDS = ['document', 'query'] as const;

export interface EmbedSettings {
  /** S3 URI of a folder. */
  output: string;
  endpoint?: string;
  kind: (typeof KINDS)[number];
  dimensions?: number;
  instances: number;
}

/** A spec as stages and jobs read it; `embed` only of a request to embed. */
export type RunSpec = FineTuneSpec & { embed?: EmbedSettings };
export type EmbedSpec = FineTuneSpec & { embed: EmbedSettings };
