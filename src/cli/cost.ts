/**
 * Money in words: what a run is likely to cost, what it has cost, and what is not known.
 * @module
 */
import type { Estimate, UsdRange } from '../spec/cost.js';
import { reusedIn, type Cost, type Progress, type Stored } from '../run/progress.js';
import { billedByNobody } from '../client/billed.js';
import type { Io } from './io.js';
import { bytes, duration, table, usd } from './text.js';

/** Before any price: whoever asks a server of their own pays nothing for what it does. */
export async function sayNotBilled({ say, env }: Pick<Io, 'say' | 'env'>): Promise<void> {
  const server = await billedByNobody(env);
  if (server) say(`not AWS but ${server}: nothing is billed, costs are what AWS would bill`);
}

/** "$0.12, without ml.p3.2xlarge (price not known)" */
export const soFar = ({ accruedUsd, unknownSoFar = [] }: Pick<Cost, 'accruedUsd' | 'unknownSoFar'>): string =>
  `${usd(accruedUsd)}${unknownSoFar.length > 0 ? `, without ${unknownSoFar.join(', ')} (price not known)` : ''}`;

/** A line on what was spent, of which budget, what spot saved, and what was paid for by an earlier run. */
export const spent = ({ cost, timeline }: Pick<Progress, 'cost' | 'timeline'>): string => {
  const reused = Object.keys(reusedIn({ timeline }));
  return [
    `cost so far ${soFar(cost)}`,
    reused.length > 0 && `nothing for ${reused.join(', ')}: reused`,
    cost.budgetUsd !== undefined && `of at most ${usd(cost.budgetUsd)}`,
    cost.estimateUsd && `estimated ${range(cost.estimateUsd)}`,
    cost.spotSavedUsd !== undefined && `spot saved ${usd(cost.spotSavedUsd)}`,
  ]
    .filter(Boolean)
    .join(' · ');
};

/** "in S3 1.2 GB, $0.028 a month, as long as it is there" */
export const storedLine = ({ bytes: stored, usdPerMonth }: Stored): string =>
  `in S3 ${bytes(stored)}, ${usdPerMonth === undefined ? 'price not known' : `${usd(usdPerMonth)} a month`}, as long as it is there`;

/** A row a stage, then the endpoint, by the hour and the month. */
export function estimateTable({
  stages,
  questions,
  hosting,
  estimateUsd,
  unknownPrices,
  pricesAsOf,
}: Estimate): string[] {
  const rows = stages.map(({ stage, instanceTypes, count, spot, jobs, usd: cost }) => [
    stage,
    [jobs > 1 && `${jobs} ×`, count > 1 && `${count} ×`, spot && 'spot', instanceTypes.join(' or ')]
      .filter(Boolean)
      .join(' '),
    cost ? range(cost) : 'price not known',
  ]);
  const asked = questions
    ? [
        [
          'model',
          `${questions.model}, at most ${questions.passages.toLocaleString('en')} passages${questions.inBatch ? ', in a batch' : ''}`,
          questions.usd ? range(questions.usd) : 'price not known',
        ],
      ]
    : [];
  const all = estimateUsd ? [['jobs', '', range(estimateUsd)]] : [];
  const perHour = hosting?.usdPerHour;
  const endpoint = hosting
    ? [
        [
          'endpoint',
          `${hosting.count > 1 ? `${hosting.count} × ` : ''}${hosting.instanceType}`,
          perHour === undefined
            ? 'price not known'
            : `${span(hosting.least?.usdPerHour, perHour)} an hour, ${span(hosting.least?.usdPerMonth, hosting.usdPerMonth)} a month, as long as it is there`,
        ],
      ]
    : [];
  const kept = hosting?.kept;
  const before = kept
    ? [
        [
          'endpoint before',
          `kept for ${duration(kept.seconds)} after each switch`,
          kept.usd === undefined ? 'price not known' : usd(kept.usd),
        ],
      ]
    : [];
  return [
    table([...rows, ...asked, ...all, ...endpoint, ...before]),
    `ten minutes of each job at least, its maxRuntimeSeconds at most; prices of ${pricesAsOf}`,
    ...stages.flatMap(({ stage, why }) => (why ? [`${stage} runs on ${why}`] : [])),
    ...(unknownPrices.length > 0 ? [`no price of ${unknownPrices.join(', ')}: give it in "prices"`] : []),
  ];
}

/** One price, or from the least to the most. */
const span = (least: number | undefined, most: number | undefined): string =>
  least === undefined ? usd(most) : `${usd(least)}–${usd(most)}`;

const range = ({ low, high }: UsdRange): string => `$${low.toFixed(2)}–$${high.toFixed(2)}`;
