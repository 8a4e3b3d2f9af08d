/**
 * All rules of a spec, by topic.
 * @module
 */
import { problem, type Problem } from '../problem.js';
import type { FineTuneSpec } from '../schema.js';
import { claimsS3, dataSourcesOf, guardSourcesOf, indexSourcesOf, localBasesOf } from '../sources.js';
import { accountRules } from './account.js';
import { computeRules } from './compute.js';
import { dataRules } from './data.js';
import { deployRules } from './deploy.js';
import { environmentRules } from './environment.js';
import { gateRules } from './gate.js';
import { modelRules } from './model.js';
import { notifyRules } from './notify.js';
import { priceRules } from './prices.js';
import { questionsRules } from './questions.js';
import type { Rule } from './rule.js';
import { runRules } from './run.js';
import { trainRules } from './train.js';
import { tuneRules } from './tune.js';
import { vectorIndexRules } from './vectorIndex.js';

export const RULES = {
  ...dataRules,
  ...questionsRules,
  ...trainRules,
  ...modelRules,
  ...tuneRules,
  ...computeRules,
  ...gateRules,
  ...deployRules,
  ...vectorIndexRules,
  ...accountRules,
  ...environmentRules,
  ...runRules,
  ...notifyRules,
  ...priceRules,
} as const satisfies Record<string, Rule>;

/** Every problem at once: nobody should mend a spec one error at a time. */
export const problemsOf = (spec: FineTuneSpec, written: Readonly<Record<string, unknown>>): Problem[] =>
  Object.values<Rule>(RULES).flatMap((rule) => rule(spec, written));

/** What a worker adds: it cannot read the submitter's disk, so every file must lie in S3 by then. */
export const localSourcesOf = (spec: FineTuneSpec): Problem[] => [
  ...[...dataSourcesOf(spec), ...indexSourcesOf(spec), ...guardSourcesOf(spec)]
    .filter(({ source }) => !claimsS3(source))
    .map(({ field, source }) =>
      problem(
        field,
        source,
        'an S3 URI: the worker cannot read local files',
        'submit with the attune client, which uploads them',
      ),
    ),
  ...(typeof spec.prices === 'string'
    ? [
        problem(
          'prices',
          spec.prices,
          'the prices themselves, {asOf, usdPerHour}: the worker cannot read local files',
          'submit with the attune client, which reads the file',
        ),
      ]
    : []),
  ...localBasesOf(spec).map(({ field, source }) =>
    problem(
      field,
      source,
      'a hub id or an S3 prefix: the worker cannot read local files',
      'submit with the attune client, which uploads the folder',
    ),
  ),
];
