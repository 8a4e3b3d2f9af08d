/**
 * Rules on a model that is given in the place of one that the run would train.
 * @module
 */
import { problem } from '../problem.js';
import { trainSchema } from '../schema.js';
import { parseS3Uri } from '../sources.js';
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

export const modelRules = {
  modelsAreArchivesInS3,
  nothingIsTrainedBesideAModel,
} as const satisfies Record<string, Rule>;
