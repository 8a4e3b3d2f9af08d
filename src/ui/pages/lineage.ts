/**
 * Where a run's model comes from and where it went: data to pairs to training to model to endpoint, and what stands beside each.
 * @module
 */
import { html } from 'hono/html';
import type { ServingModel } from '../../run/lineage.js';
import { askedInWords } from '../../run/origins.js';
import { shortHash, signed } from '../../run/numbers.js';
import type { Progress } from '../../run/progress.js';
import { runLink, shown, type Html } from '../html.js';

export function lineageHtml({ lineage }: Pick<Progress, 'lineage'>): Html | undefined {
  if (!lineage) return undefined;
  const { dataHash, pairsHash, base, startedFrom, trainingJob, tuningJob, modelArtifact } = lineage;
  const { incumbent, metrics, endpoint, replaced } = lineage;
  const isGiven = modelArtifact !== undefined && trainingJob === undefined && tuningJob === undefined;
  const job = trainingJob ?? tuningJob;
  const measured = metrics && { before: metrics.means[metrics.against], after: metrics.means.candidate };
  const steps: (Html | false)[] = [
    dataHash !== undefined && step('Data', shortHash(dataHash), 'digest of what lay in S3'),
    pairsHash !== undefined && step('Pairs', shortHash(pairsHash), 'digest of what training read'),
    !isGiven &&
      job !== undefined &&
      step(
        'Training',
        job,
        startedFrom ? html`went on from ${serving(startedFrom)}` : html`started from ${shown(base)}`,
      ),
    modelArtifact !== undefined &&
      step(
        'Model',
        modelArtifact.replace(/^s3:\/\/[^/]+\//, '…/'),
        isGiven ? 'trained elsewhere' : undefined,
        measured?.before !== undefined &&
          measured.after !== undefined &&
          html`${metrics!.metric} ${measured.before.toFixed(3)} →
          ${measured.after.toFixed(3)}${metrics!.gain ? `, ${signed(metrics!.gain.difference)}` : ''} against
          ${incumbent && metrics!.against === 'incumbent' ? serving(incumbent) : 'the base'}${
            metrics!.asked ? `, on ${askedInWords(metrics!.asked)}` : ''
          }`,
      ),
    endpoint !== undefined &&
      step('Endpoint', endpoint.name, endpoint.configName, replaced && html`took the place of ${shown(replaced)}`),
  ];
  const shownSteps = steps.filter((one) => one !== false);
  return shownSteps.length === 0
    ? undefined
    : html`<ol class="flow">
        ${shownSteps}
      </ol>`;
}

const step = (what: string, value: string, more?: string | Html, beside?: Html | string | false): Html =>
  html`<li>
    <h3>${what}</h3>
    <p><b>${shown(value)}</b></p>
    ${more ? html`<p class="soft">${typeof more === 'string' ? shown(more) : more}</p>` : ''}
    ${beside ? html`<p class="beside">${beside}</p>` : ''}
  </li>`;

const serving = ({ configName, madeBy }: ServingModel): Html =>
  madeBy ? html`the model of ${runLink(madeBy)}` : html`the model in service, ${shown(configName)}`;
