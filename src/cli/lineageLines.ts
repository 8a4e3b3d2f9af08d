/**
 * Where a run's model comes from and where it went, as lines.
 * @module
 */
import type { Lineage, ServingModel } from '../run/lineage.js';
import { askedInWords } from '../run/origins.js';
import type { Progress } from '../run/progress.js';
import { signed } from '../run/numbers.js';
import { shortHash, table } from './text.js';

export function lineageLines({ lineage }: Pick<Progress, 'lineage'>): string[] {
  if (!lineage) return [];
  const { dataHash, pairsHash, base, startedFrom, trainingJob, tuningJob, modelArtifact } = lineage;
  const { incumbent, metrics, endpoint, replaced } = lineage;
  const isGiven = modelArtifact !== undefined && trainingJob === undefined && tuningJob === undefined;
  const rows: [string, string | false | undefined][] = [
    ['data', dataHash && `${shortHash(dataHash)}, as found in S3`],
    ['pairs', pairsHash && `${shortHash(pairsHash)}, as training read them`],
    isGiven ? ['base', `${base}, for comparison`] : ['started from', startedFrom ? modelOf(startedFrom) : base],
    ['tuning job', tuningJob],
    ['training job', trainingJob],
    ['model', modelArtifact && `${modelArtifact}${isGiven ? ', trained elsewhere' : ''}`],
    ['compared with', incumbent && modelOf(incumbent)],
    ['measured', metrics && measuredIn(metrics)],
    ['endpoint', endpoint && `${endpoint.name}, config ${endpoint.configName}`],
    ['replaced', replaced && `config ${replaced}`],
  ];
  const known = rows.flatMap(([what, value]) => (value ? [[what, value]] : []));
  return ['', table([['lineage', ''], ...known])];
}

const modelOf = ({ configName, madeBy }: ServingModel): string =>
  `the model in service: config ${configName}${madeBy ? `, made by ${madeBy}` : ''}`;

function measuredIn({ metric, asked, means, against, gain }: NonNullable<Lineage['metrics']>): string {
  const [before, after] = [means[against], means.candidate];
  if (before === undefined || after === undefined) return metric;
  return `${metric} ${before.toFixed(3)} → ${after.toFixed(3)}${gain ? `, ${signed(gain.difference)} against the ${against}` : ''}${asked ? `, on ${askedInWords(asked)}` : ''}`;
}
