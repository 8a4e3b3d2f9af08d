/**
 * Rules on a model that is given in the place of one that the run would train, and on bases that are compared untrained.
 * @module
 */
import { isHubBase, isServedOnly } from '../bases.js';
import { problem } from '../problem.js';
import { trainSchema } from '../schema.js';
import { claimsS3, isLocalBase, parseS3Uri } from '../sources.js';
import type { Rule } from './rule.js';

const modelsAreArchivesInS3: Rule = ({ model }) =>
  model === undefined || parseS3Uri(model)?.key.endsWith('.tar.gz')
    ? []
    : [
        problem(
          'model',
          model,
          "the S3 URI of an archive in the layout of attune's training, s3://bucket/…/model.tar.gz",
          'upload the archive (aws s3 cp), and name its URI',
        ),
      ];

/** A resolved spec has every key of `train`, with its default: that was not written by anybody. */
const nothingIsTrainedBesideAModel: Rule = ({ model, train }, written) => {
  if (model === undefined) return [];
  const isResolved =
    Object.keys(train).every((key) => Object.hasOwn(Object(written['train']) as object, key)) &&
    JSON.stringify(train) === JSON.stringify(trainSchema.parse({}));
  const idle = [
    ...(written['train'] === undefined || isResolved ? [] : ['train']),
    ...(written['tune'] ? ['tune'] : []),
  ];
  return idle.map((key) =>
    problem(
      key,
      written[key],
      `no ${key} beside model: the run trains nothing`,
      `leave out ${key}, or leave out model`,
    ),
  );
};

const basesAreModels: Rule = ({ bases = [], base, network: { isolation } }) =>
  bases.flatMap((one, i) => {
    if (one === base || claimsS3(one) || isLocalBase(one) || (isHubBase(one) && !isolation)) return [];
    const rule = `${isolation ? '' : 'a hub id (owner/name or owner/name@revision), '}a folder (./model) or an S3 prefix`;
    const why = isolation ? ', because network.isolation keeps the hub out of reach' : '';
    return [problem(`bases[${i}]`, one, `${rule}${why}`, 'correct it, or leave it out')];
  });

const basesHaveWeightsToFit: Rule = ({ base, bases = [] }) =>
  [{ field: 'base', one: base }, ...bases.map((one, i) => ({ field: `bases[${i}]`, one }))]
    .filter(({ one }) => isServedOnly(one))
    .map(({ field, one }) =>
      problem(
        field,
        one,
        'a model whose weights can be had: this one is served by its provider alone',
        'choose an open model, such as BAAI/bge-base-en-v1.5 or intfloat/multilingual-e5-base',
      ),
    );

const eachBaseIsComparedOnce: Rule = ({ bases = [] }) =>
  bases.flatMap((one, i) =>
    bases.indexOf(one) < i ? [problem(`bases[${i}]`, one, 'each base once', 'remove the repetition')] : [],
  );

/** Its tokenizer counts and cuts the passages that all of them are asked about. */
const theBaseIsAmongThoseCompared: Rule = ({ bases, base }) =>
  bases === undefined || bases.includes(base)
    ? []
    : [problem('base', base, `one of bases (${bases.join(', ')})`, `write base: ${bases[0]}, or add it to bases`)];

const basesAreComparedAlone: Rule = ({ bases, model, tune }) =>
  bases === undefined
    ? []
    : Object.entries({ model, tune }).flatMap(([key, value]) =>
        value === undefined
          ? []
          : [
              problem(
                key,
                value,
                `no ${key} beside bases: they are compared as they are`,
                `leave out ${key}, or bases`,
              ),
            ],
      );

export const modelRules = {
  basesAreModels,
  basesHaveWeightsToFit,
  eachBaseIsComparedOnce,
  theBaseIsAmongThoseCompared,
  basesAreComparedAlone,
  modelsAreArchivesInS3,
  nothingIsTrainedBesideAModel,
} as const satisfies Record<string, Rule>;
