/**
 * Rules on the questions that a language model writes.
 * @module
 */
import { FEWEST_RECORDS, mayBeBatched } from '../batch.js';
import { problem, type Problem } from '../problem.js';
import { modelIn } from '../questions.js';
import type { Questions } from '../questionsSchema.js';
import { faultOfReference } from '../reference.js';
import type { FineTuneSpec } from '../schema.js';
import type { Rule } from './rule.js';

type Fault = [field: string, value: unknown, rule: string, mend: string];

/** A rule on a spec that asks for questions. */
const ofQuestions =
  (faultOf: (questions: Questions, spec: FineTuneSpec) => Fault | undefined): Rule =>
  (spec): Problem[] => {
    const { questions } = spec.data;
    const fault = questions && faultOf(questions, spec);
    if (!fault) return [];
    const [field, value, rule, mend] = fault;
    return [problem(`data.questions${field && `.${field}`}`, value, rule, mend)];
  };

const questionsAreWrittenForDocuments = ofQuestions(({ model }, { data }) =>
  data.documents === undefined
    ? ['', model, 'data.documents beside it: there questions are missing', 'name the folder, or leave questions out']
    : undefined,
);

const onlyServersHaveAddressAndKey = ofQuestions((questions) => {
  if (modelIn(questions).provider !== 'bedrock') return undefined;
  const key = (['url', 'apiKey'] as const).find((one) => questions[one] !== undefined);
  return (
    key && [key, questions[key], "nothing: Bedrock is reached in the run's region, by the worker's role", 'remove it']
  );
});

const addressesAreAddresses = ofQuestions(({ url }) => {
  if (url === undefined) return undefined;
  const rule = 'http(s)://<host>/v1, without user, password, query or fragment';
  const fault: Fault = ['url', '(an address that is not repeated here)', rule, 'put a key into apiKey, as a reference'];
  try {
    const { protocol, username, password, search, hash } = new URL(url);
    return /^https?:$/.test(protocol) && !username && !password && !search && !hash ? undefined : fault;
  } catch {
    return fault;
  }
});

const openAiItselfWantsAKey = ofQuestions((questions) =>
  modelIn(questions).provider === 'openai' && questions.url === undefined && questions.apiKey === undefined
    ? ['apiKey', undefined, 'where the key lies, or the url of a server of your own', 'add apiKey or url']
    : undefined,
);

const keysOfServersAreReferences = ofQuestions(({ apiKey }) => {
  const fault = apiKey && faultOfReference(apiKey);
  return fault && [`apiKey.${fault.key}`, fault.value, fault.rule, fault.mend];
});

const someKindIsAskedFor = ofQuestions(({ kinds }) =>
  Object.values(kinds).every((share) => share === 0)
    ? ['kinds', kinds, 'a share above 0 of at least one kind', 'give one of them a share']
    : undefined,
);

const examplesAreText = ofQuestions(({ examples }) =>
  examples !== undefined && !/\.txt$/i.test(examples)
    ? ['examples', examples, 'a text file (.txt), one question a line', 'write one question a line']
    : undefined,
);

const batchesAreOfBedrock = ofQuestions((questions) => {
  const { batch, model } = questions;
  if (batch === 'never') return undefined;
  if (modelIn(questions).provider !== 'bedrock')
    return [
      'batch',
      batch,
      'never: batch jobs are of Amazon Bedrock, and another server asks at one price',
      'remove it',
    ];
  return mayBeBatched(questions)
    ? undefined
    : ['model', model, 'a model or an inference profile beside batch: Bedrock has no batch of others', 'batch: never'];
});

const batchesAreLargeEnough = ofQuestions(({ batch, most }) =>
  batch === 'always' && most < FEWEST_RECORDS
    ? ['most', most, `at least ${FEWEST_RECORDS} beside batch: always: Bedrock takes no job of fewer`, 'batch: never']
    : undefined,
);

export const questionsRules = {
  questionsAreWrittenForDocuments,
  onlyServersHaveAddressAndKey,
  addressesAreAddresses,
  openAiItselfWantsAKey,
  keysOfServersAreReferences,
  someKindIsAskedFor,
  examplesAreText,
  batchesAreOfBedrock,
  batchesAreLargeEnough,
} as const satisfies Record<string, Rule>;
