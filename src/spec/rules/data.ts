/**
 * Rules on the data: one form, whole URIs, a split that leaves something.
 * @module
 */
import { problem } from '../problem.js';
import { claimsS3, dataSourcesOf, guardSourcesOf, parseS3Uri } from '../sources.js';
import type { Rule } from './rule.js';

const dataHasExactlyOneForm: Rule = ({ data }) => {
  const beir = data.corpus !== undefined || data.queries !== undefined || data.qrels !== undefined;
  const forms = [
    data.pairs !== undefined && 'pairs',
    beir && 'corpus, queries and qrels',
    data.documents !== undefined && 'documents',
  ].filter(Boolean);
  if (forms.length === 1) return [];
  const found = forms.length ? forms.join('; ') : null;
  return [
    problem('data', found, 'exactly one form: pairs; or corpus, queries and qrels; or documents', 'keep one form'),
  ];
};

const aCorpusComesWithQueriesAndQrels: Rule = ({ data }) => {
  const parts = ['corpus', 'queries', 'qrels'] as const;
  const missing = parts.filter((part) => data[part] === undefined);
  if (missing.length === 0 || missing.length === parts.length) return [];
  return missing.map((part) => problem(`data.${part}`, undefined, 'corpus, queries and qrels together', `add ${part}`));
};

const pairsAreJsonLines: Rule = ({ data: { pairs } }) =>
  pairs !== undefined && /\.(csv|tsv|json|parquet|arrow|xlsx?|txt|ya?ml)(\.gz)?$/i.test(pairs)
    ? [
        problem(
          'data.pairs',
          pairs,
          'JSON Lines (.jsonl or .jsonl.gz)',
          'write one {"query", "document"} object a line',
        ),
      ]
    : [];

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
  [...dataSourcesOf(spec), ...guardSourcesOf(spec), { field: 'base', source: spec.base }]
    .filter(({ source }) => claimsS3(source) && (!parseS3Uri(source)?.key || source.length > 1024))
    .map(({ field, source }) =>
      problem(field, source, 's3://<bucket>/<key>, at most 1,024 characters', 'correct the URI'),
    );

export const dataRules = {
  dataHasExactlyOneForm,
  aCorpusComesWithQueriesAndQrels,
  pairsAreJsonLines,
  splitLeavesSomethingToTrainOn,
  s3UrisAreWhole,
} as const satisfies Record<string, Rule>;
