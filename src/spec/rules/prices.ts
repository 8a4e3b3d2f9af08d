/**
 * Rules on prices of one's own.
 * @module
 */
import { problem } from '../problem.js';
import { claimsS3 } from '../sources.js';
import type { Rule } from './rule.js';

const priceFilesAreLocal: Rule = ({ prices }) =>
  typeof prices === 'string' && claimsS3(prices)
    ? [
        problem(
          'prices',
          prices,
          'a local JSON or YAML file, or {asOf, usdPerHour}',
          'download the file, or write the prices into the spec',
        ),
      ]
    : [];

const pricesAreOfInstanceTypes: Rule = ({ prices }) =>
  typeof prices === 'object'
    ? Object.keys(prices.usdPerHour)
        .filter((type) => !/^ml\.[a-z0-9-]+\.[a-z0-9-]+$/.test(type))
        .map((type) =>
          problem(`prices.usdPerHour.${type}`, type, 'an instance type such as ml.g5.xlarge', 'correct the name'),
        )
    : [];

const spotPricesLieBelowOnDemand: Rule = ({ prices }) =>
  typeof prices === 'object'
    ? Object.entries(prices.usdPerHour).flatMap(([type, price]) =>
        typeof price === 'object' && price.spot !== undefined && price.spot > price.onDemand
          ? [
              problem(
                `prices.usdPerHour.${type}.spot`,
                price.spot,
                `at most onDemand (${price.onDemand})`,
                'look at both prices again: SageMaker never bills more for spot',
              ),
            ]
          : [],
      )
    : [];

export const priceRules = {
  priceFilesAreLocal,
  pricesAreOfInstanceTypes,
  spotPricesLieBelowOnDemand,
} as const satisfies Record<string, Rule>;
