/**
 * Rules on the base model and the training recipe.
 * @module
 */
import { isHubBase, knownBase } from '../bases.js';
import { processesOf } from '../instances.js';
import { problem } from '../problem.js';
import { claimsS3, isLocalBase } from '../sources.js';
import type { Rule } from './rule.js';

const baseIsAHubIdAFolderOrAnS3Prefix: Rule = ({ base }) =>
  claimsS3(base) || isLocalBase(base) || isHubBase(base)
    ? []
    : [
        problem(
          'base',
          base,
          'a hub id (owner/name or owner/name@revision), a folder (./model) or an S3 prefix',
          'correct it; a folder starts with ./ or /',
        ),
      ];

const dimensionsDescend: Rule = ({ train: { dimensions = [] } }) =>
  dimensions.every((size, i) => i === 0 || size < dimensions[i - 1]!)
    ? []
    : [
        problem(
          'train.dimensions',
          dimensions,
          'sizes from the largest to the smallest, each once',
          `write [${[...new Set(dimensions)].sort((a, b) => b - a).join(', ')}]`,
        ),
      ];

const dimensionsLieWithinTheBases: Rule = ({ base, train: { dimensions = [] } }) => {
  const own = knownBase(base)?.dimensions;
  return dimensions.flatMap((size, i) =>
    own !== undefined && size > own
      ? [problem(`train.dimensions[${i}]`, size, `at most ${own}, the size of ${base}`, `remove ${size}`)]
      : [],
  );
};

const maxSeqLengthLiesWithinTheBases: Rule = ({ base, bases, train: { maxSeqLength } }) => {
  if (bases !== undefined) return []; // each reads as much of it as it can
  const own = knownBase(base)?.maxSeqLength;
  return own !== undefined && maxSeqLength > own
    ? [
        problem(
          'train.maxSeqLength',
          maxSeqLength,
          `at most ${own} tokens, the limit of ${base}`,
          `write ${own} or less, or choose a base that reads longer texts`,
        ),
      ]
    : [];
};

const maxPairsFillABatch: Rule = ({ train: { maxPairs, batchSize } }) =>
  maxPairs !== undefined && maxPairs < batchSize
    ? [
        problem(
          'train.maxPairs',
          maxPairs,
          `at least train.batchSize (${batchSize})`,
          'raise it, or lower train.batchSize',
        ),
      ]
    : [];

const startingFromTheIncumbentNamesItsEndpoint: Rule = ({ train: { startFrom }, deploy }) =>
  startFrom === 'incumbent' && deploy === false
    ? [
        problem(
          'train.startFrom',
          startFrom,
          'base, because deploy is false: the model in service is found by its endpoint',
          'write base, or name the endpoint in deploy.endpoint',
        ),
      ]
    : [];

const batchIsSharedEvenly: Rule = ({ train: { batchSize }, compute, model, bases }) => {
  if (model !== undefined || bases !== undefined) return [];
  const processes = processesOf(compute.train).find((count) => batchSize % count !== 0);
  return processes === undefined
    ? []
    : [
        problem(
          'train.batchSize',
          batchSize,
          `a multiple of ${processes}, the training processes that share each batch`,
          `write ${Math.max(1, Math.round(batchSize / processes)) * processes}`,
        ),
      ];
};

export const trainRules = {
  batchIsSharedEvenly,
  baseIsAHubIdAFolderOrAnS3Prefix,
  dimensionsDescend,
  dimensionsLieWithinTheBases,
  maxSeqLengthLiesWithinTheBases,
  maxPairsFillABatch,
  startingFromTheIncumbentNamesItsEndpoint,
} as const satisfies Record<string, Rule>;
