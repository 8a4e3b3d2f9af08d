/**
 * Rules on the data: one form, whole URIs, a split that leaves something.
 * @module
 */
import { DATA_SHAPES, dataForms, ONE_FORM, together } from '../dataForms.js';
import { problem } from '../problem.js';
import { claimsS3, dataSourcesOf, guardSourcesOf, parseS3Uri } from '../sources.js';
import type { Rule } from './rule.js';

const dataHasExactlyOneForm: Rule = ({ data }) => {
  const found = dataForms.filter(({ fields }) => fields.some((field) => data[field] !== undefined));
  if (found.length === 1) return [];
  const named = found.map(({ fields }) => together(fields)).join('; ');
  return [problem('data', named || null, ONE_FORM, 'keep one form')];
};

const aFormComesWithAllItsParts: Rule = ({ data }) =>
  dataForms.flatMap(({ fields }) => {
    const missing = fields.filter((field) => data[field] === undefined);
    if (missing.length === fields.length) return [];
    return missing.map((part) => problem(`data.${part}`, undefined, `${together(fields)} together`, `add ${part}`));
  });

const rowsAreOfAFormatThatIsRead: Rule = (spec) =>
  dataSourcesOf(spec)
    .filter(({ name, source }) => DATA_SHAPES[name].keys && /\.(arrow|feather|xlsx?|ods|txt|ya?ml|zip)$/i.test(source))
    .map(({ field, source }) =>
      problem(
        field,
        source,
        'JSON Lines, CSV, TSV or Parquet (.jsonl, .csv, .tsv, .parquet)',
        'save it as one of them',
      ),
    );

const splitLeavesSomethingToTrainOn: Rule = ({ data: { split } }) =>
  split.dev + split.test < 1
    ? []
    : [
        problem(
          'data.split',
          { dev: split.dev, test: split.test },
          'dev + test below 1',
          'lower dev or test: the rest is trained on',
        ),
      ];

const s3UrisAreWhole: Rule = (spec) =>
  [
    ...dataSourcesOf(spec),
    ...guardSourcesOf(spec),
    { field: 'base', source: spec.base },
    { field: 'network.wheelhouse', source: spec.network.wheelhouse ?? '' },
  ]
    .filter(({ source }) => claimsS3(source) && (!parseS3Uri(source)?.key || source.length > 1024))
    .map(({ field, source }) =>
      problem(field, source, 's3://<bucket>/<key>, at most 1,024 characters', 'correct the URI'),
    );

export const dataRules = {
  dataHasExactlyOneForm,
  aFormComesWithAllItsParts,
  rowsAreOfAFormatThatIsRead,
  splitLeavesSomethingToTrainOn,
  s3UrisAreWhole,
} as const satisfies Record<string, Rule>;
