/**
 * The search attributes of a run: one array feeds workflow, worker, dev server flags and the tests' server.
 * A namespace on a SQL store holds 10 keywords, 3 doubles and 3 ints: spend the rest with care.
 * @module
 */
import { defineSearchAttributeKey } from '@temporalio/common';
import type { FineTuneSpec } from '../spec/schema.js';
import { dataSourcesOf } from '../spec/sources.js';
import { endpointNameOf } from './endpoint.js';

export const attuneModel = defineSearchAttributeKey('AttuneModel', 'KEYWORD');
export const attuneStage = defineSearchAttributeKey('AttuneStage', 'KEYWORD');
export const attuneBaseModel = defineSearchAttributeKey('AttuneBaseModel', 'KEYWORD');
export const attuneDataset = defineSearchAttributeKey('AttuneDataset', 'KEYWORD');
export const attuneEndpoint = defineSearchAttributeKey('AttuneEndpoint', 'KEYWORD');
export const attuneBestScore = defineSearchAttributeKey('AttuneBestScore', 'DOUBLE');
export const attuneCostUsd = defineSearchAttributeKey('AttuneCostUsd', 'DOUBLE');

const WIRE_TYPE = { KEYWORD: 'Keyword', DOUBLE: 'Double' } as const;

/** As the server's flags and its operator API want them. */
export const searchAttributes: readonly { name: string; type: 'Keyword' | 'Double' }[] = [
  attuneModel,
  attuneStage,
  attuneBaseModel,
  attuneDataset,
  attuneEndpoint,
  attuneBestScore,
  attuneCostUsd,
].map(({ name, type }) => ({ name, type: WIRE_TYPE[type] }));

/** Longer keywords are refused by SQL stores of search attributes. */
const KEYWORD_LENGTH = 255;

/** How lists find a run from its start on. The run sets them too, for whoever starts it without attune's client. */
export function startAttributesOf(spec: FineTuneSpec) {
  const endpoint = endpointNameOf(spec);
  return [
    { key: attuneModel, value: spec.name },
    { key: attuneBaseModel, value: spec.base.slice(0, KEYWORD_LENGTH) },
    { key: attuneDataset, value: (dataSourcesOf(spec)[0]?.source ?? '').slice(0, KEYWORD_LENGTH) },
    ...(endpoint ? [{ key: attuneEndpoint, value: endpoint }] : []),
  ];
}
