/**
 * Rules on the index that goes with the model.
 * @module
 */
import { indexNameIn } from '../indexName.js';
import type { Index, PgvectorIndex } from '../indexSchema.js';
import { problem, type Problem } from '../problem.js';
import type { FineTuneSpec } from '../schema.js';
import { PARAMETER, SECRET_ARN } from '../reference.js';
import type { Rule } from './rule.js';

type Fault = [field: string, value: unknown, rule: string, mend: string];

/** A rule on a spec that asks for an index. */
const ofIndex =
  (faultOf: (index: Index, spec: FineTuneSpec) => Fault | undefined): Rule =>
  (spec): Problem[] => {
    const fault = spec.index && faultOf(spec.index, spec);
    if (!fault) return [];
    const [field, value, rule, mend] = fault;
    return [problem(field, value, rule, mend)];
  };

/** The same where it is kept in PostgreSQL. */
const ofPgvector = (faultOf: (index: PgvectorIndex) => Fault | undefined): Rule =>
  ofIndex((index) => (index.store === 'pgvector' ? faultOf(index) : undefined));

const anIndexGoesWithAnEndpoint = ofIndex((index, { deploy, bases }) => {
  const name = indexNameIn(index);
  if (bases !== undefined) return ['index', name, 'none with bases, which deploy nothing', 'remove one of them'];
  return deploy
    ? undefined
    : ['index', name, 'an endpoint beside it: questions are embedded by it', 'remove deploy: false, or index'];
});

/** A version's endpoint has a hyphen and eight digits behind the name; SageMaker's limit is 63. */
const MOST_ENDPOINT = 54;

const theEndpointHasRoomForVersions = ofIndex((_, { deploy, name }) => {
  const endpoint = deploy && (deploy.endpoint ?? name);
  return endpoint && endpoint.length > MOST_ENDPOINT
    ? [
        'deploy.endpoint',
        endpoint,
        `at most ${MOST_ENDPOINT} characters with index: each version's endpoint has its digits behind the name`,
        'shorten it',
      ]
    : undefined;
});

const theAddressIsReferredTo = ofPgvector(({ url }) => {
  if ('parameter' in url && !PARAMETER.test(url.parameter))
    return ['index.url.parameter', url.parameter, 'the name or ARN of a parameter', 'copy it from its page'];
  if ('secretArn' in url && !SECRET_ARN.test(url.secretArn))
    return ['index.url.secretArn', url.secretArn, 'the ARN of a secret, not its name', 'copy the ARN from its page'];
  return undefined;
});

/** Source: pgvector's README, HNSW: vector up to 2,000 dimensions, halfvec up to 4,000. */
const MOST_FLOAT32 = 2000;

const theGraphHoldsTheDimensions = ofPgvector(({ dimensions = 0, element }) =>
  element === 'float32' && dimensions > MOST_FLOAT32
    ? [
        'index.dimensions',
        dimensions,
        `at most ${MOST_FLOAT32} in float32`,
        'write element: float16, or fewer dimensions',
      ]
    : undefined,
);

const theDimensionsAreTrained = ofIndex(({ dimensions }, { train }) =>
  dimensions !== undefined && train.dimensions !== undefined && !train.dimensions.includes(dimensions)
    ? [
        'index.dimensions',
        dimensions,
        `one of train.dimensions (${train.dimensions.join(', ')})`,
        'add it there, or take one',
      ]
    : undefined,
);

const theGraphIsBuiltWithEnoughCandidates = ofPgvector(({ hnsw: { m, efConstruction } }) =>
  efConstruction < 2 * m
    ? ['index.hnsw.efConstruction', efConstruction, `at least twice m (${2 * m})`, 'raise it, or lower m']
    : undefined,
);

export const vectorIndexRules = {
  anIndexGoesWithAnEndpoint,
  theEndpointHasRoomForVersions,
  theAddressIsReferredTo,
  theGraphHoldsTheDimensions,
  theDimensionsAreTrained,
  theGraphIsBuiltWithEnoughCandidates,
} as const satisfies Record<string, Rule>;
