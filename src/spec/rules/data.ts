/**
 * Rules on the data: one form, whole URIs, a split that leaves something.
 * @module
 */
import { DATA_FIELDS, DATA_SHAPES, dataForms, ONE_FORM, together, type DataField } from '../dataForms.js';
import { MOST_INPUTS } from '../limits.js';
import { problem } from '../problem.js';
import { claimsS3, dataSourcesOf, guardSourcesOf, indexSourcesOf, parseS3Uri } from '../sources.js';
import type { Rule } from './rule.js';

type Data = Parameters<Rule>[0]['data'];
const givenIn = (data: Data): DataField[] => DATA_FIELDS.filter((field) => data[field] !== undefined);
/** The forms to which all that is given can belong. */
const formsOf = (given: readonly DataField[]) =>
  dataForms.filter(({ fields, beside }) => given.every((field) => [...fields, ...beside].includes(field)));

const dataHasExactlyOneForm: Rule = ({ data }) => {
  const given = givenIn(data);
  const begun = dataForms.filter(({ fields }) => fields.some((field) => given.includes(field)));
  if (begun.length > 0 && formsOf(given).length > 0) return [];
  return [problem('data', together(given) || null, ONE_FORM, 'keep one form')];
};

const aFormComesWithAllItsParts: Rule = ({ data }) => {
  const given = givenIn(data);
  const missingOf = formsOf(given)
    .filter(({ fields }) => fields.some((field) => given.includes(field)))
    .map(({ fields }) => ({ fields, missing: fields.filter((field) => !given.includes(field)) }));
  if (missingOf.length === 0 || missingOf.some(({ missing }) => missing.length === 0)) return [];
  const { fields, missing } = missingOf[0]!;
  return missing.map((part) => problem(`data.${part}`, undefined, `${together(fields)} together`, `add ${part}`));
};

const aJobHasAnInputForEachSource: Rule = (spec) => {
  const others = ['code', 'spec', 'base', 'earlier splits', ...(spec.network.wheelhouse ? ['wheels'] : [])];
  if (spec.data.questions) others.push('written questions');
  const [found, most] = [dataSourcesOf(spec).length, MOST_INPUTS - others.length];
  if (found <= most) return [];
  const rule = `at most ${most} sources in all: SageMaker gives a job ${MOST_INPUTS} inputs, each is one, and so are ${together(others)}`;
  return [problem('data', found, rule, 'put files into one folder, and name the folder')];
};

const rowsAreOfAFormatThatIsRead: Rule = (spec) =>
  [...dataSourcesOf(spec), ...indexSourcesOf(spec)]
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
    ...indexSourcesOf(spec),
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
  aJobHasAnInputForEachSource,
  rowsAreOfAFormatThatIsRead,
  splitLeavesSomethingToTrainOn,
  s3UrisAreWhole,
} as const satisfies Record<string, Rule>;
