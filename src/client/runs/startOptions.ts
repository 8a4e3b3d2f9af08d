/**
 * What a run carries into Temporal beside its spec: how lists find it, and what the UI says of it.
 * @module
 */
import { TypedSearchAttributes } from '@temporalio/common';
import { userInfo } from 'node:os';
import { typesOf } from '../../spec/instances.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import { dataSourcesOf } from '../../spec/sources.js';
import { endpointNameOf } from '../../run/endpoint.js';
import { attuneStage, startAttributesOf } from '../../run/searchAttributes.js';
import { version } from '../version.js';

/** The same for a run that is submitted and for one that a schedule starts. */
export const startOptionsOf = (spec: FineTuneSpec) => ({
  typedSearchAttributes: new TypedSearchAttributes([
    ...startAttributesOf(spec),
    { key: attuneStage, value: 'preflight' },
  ]),
  memo: { version: version(), submitter: userInfo().username },
  staticSummary: summaryOf(spec),
  staticDetails: detailsOf(spec),
});

/** The UI shows 200 bytes. */
const summaryOf = ({ base, bases, model, name, compute, train }: FineTuneSpec): string => {
  const trained = `${train.epochs} epoch${train.epochs === 1 ? '' : 's'} · ${typesOf(compute.train.instanceType)[0]}`;
  if (bases) return `${name} · ${bases.length} bases compared`;
  const from = base.replace(/\/+$/, '').split('/').at(-1);
  return (model === undefined ? `${from} → ${name} · ${trained}` : `${model} → ${name}`).slice(0, 180);
};

/** Bullets rather than a table: the UI draws tables without cell borders. */
const detailsOf = (spec: FineTuneSpec): string =>
  [
    `- **base**: ${spec.base}`,
    ...dataSourcesOf(spec).map(({ field, source }) => `- **${field}**: ${source}`),
    workOf(spec),
    `- **gate**: ${spec.gate.metric}, ${spec.gate.confidence * 100} % interval above ${spec.gate.minGain}`,
    `- **deploy**: ${spec.deploy ? `${endpointNameOf(spec)} on ${typesOf(spec.deploy.instanceType).join(' or ')}, approval ${spec.deploy.approval}` : 'no'}`,
  ].join('\n');

function workOf({ bases, model, train, compute }: FineTuneSpec): string {
  if (bases) return `- **bases**: ${bases.join(', ')}`;
  if (model !== undefined) return `- **model**: ${model}`;
  return `- **train**: ${train.epochs} ${train.epochs === 1 ? 'epoch' : 'epochs'}, batch ${train.batchSize}, ${train.maxSeqLength} tokens, on ${typesOf(compute.train.instanceType).join(' or ')}`;
}
