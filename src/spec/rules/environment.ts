/**
 * Rules on the variables of the containers.
 * @module
 */
import {
  encodedEnvironment,
  environmentsIn,
  REFERENCE_PREFIX,
  type StageEnvironment,
  type Variable,
} from '../environment.js';
import { problem, type Problem } from '../problem.js';
import { PARAMETER, SECRET_ARN } from '../reference.js';
import type { Rule } from './rule.js';

type Named = Pick<StageEnvironment, 'stage' | 'most'> & { name: string; variable: Variable; field: string };

/** What a rule finds at fault in one variable: what was expected and what to do. A value is never repeated: it may be a secret. */
type Fault = { value: unknown; rule: string; mend: string } | undefined;

const eachVariable =
  (faultOf: (variable: Named) => Fault): Rule =>
  (spec) =>
    environmentsIn(spec).flatMap(({ stage, most, environment }) =>
      Object.entries(environment).flatMap(([name, variable]): Problem[] => {
        const field = `${stage}.environment.${name}`;
        const fault = faultOf({ stage, most, name, variable, field });
        return fault ? [problem(field, fault.value, fault.rule, fault.mend)] : [];
      }),
    );

const isReference = (variable: Variable): variable is Exclude<Variable, string> => typeof variable !== 'string';

const variablesHaveNamesThatAwsTakes = eachVariable(({ name, most }) =>
  /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && name.length <= most.name - REFERENCE_PREFIX.length
    ? undefined
    : {
        value: name,
        rule: `a name of letters, digits and underscores, not a digit first, at most ${most.name - REFERENCE_PREFIX.length} long`,
        mend: 'rename the variable',
      },
);

/** The variables with which a client of AWS is told how to reach it; all others of these names are SageMaker's to give. */
const OF_AWS_CLIENTS =
  /^AWS_(CA_BUNDLE|ENDPOINT_URL(_\w+)?|MAX_ATTEMPTS|RETRY_MODE|USE_(FIPS|DUALSTACK)_ENDPOINT|STS_REGIONAL_ENDPOINTS)$/;
const RESERVED =
  /^(ATTUNE_.*|AWS_.*|SM_.*|SAGEMAKER_.*|(TRAINING|PROCESSING)_JOB_(NAME|ARN)|MMS_.*|TS_.*|PATH|HOME|HOSTNAME|PYTHONPATH|PYTHONHOME|LD_PRELOAD|LD_LIBRARY_PATH|(LOCAL_|GROUP_)?RANK|(LOCAL_)?WORLD_SIZE|MASTER_(ADDR|PORT)|TORCHELASTIC_.*)$/i;

const reservedVariablesAreLeftAlone = eachVariable(({ name }) =>
  RESERVED.test(name) && !OF_AWS_CLIENTS.test(name)
    ? {
        value: name,
        rule: "a name that neither attune nor SageMaker gives the container itself (ATTUNE_, AWS_, SM_, SAGEMAKER_, the interpreter's and torchrun's)",
        mend: 'remove it; what SageMaker sets for a job follows from the other keys of the spec',
      }
    : undefined,
);

const variablesFitTheirRequest = eachVariable(({ stage, name, variable, most }) => {
  const [length] = Object.values(encodedEnvironment({ [name]: variable })).map((text) => text.length);
  return length! > most.value
    ? {
        value: `${length} characters`,
        rule: `at most ${most.value} characters: SageMaker takes no more for a variable of ${stage}`,
        mend: isReference(variable)
          ? 'give the secret or parameter a shorter name'
          : 'put it into a parameter of Systems Manager, and write {parameter: /its/name}',
      }
    : undefined;
});

const SECRET_NAME = /(TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY)(_|$)/i;
/** What a switch such as HF_HUB_DISABLE_IMPLICIT_TOKEN is set to. */
const SWITCH = /^(|0|1|true|false|yes|no|on|off)$/i;
/**
 * As their issuers write them: access keys of AWS, tokens of Hugging Face, GitHub, GitLab, PyPI, OpenAI and Slack, private keys,
 * and URLs with a password.
 */
const SECRET_VALUE =
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bhf_[A-Za-z0-9]{20,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bpypi-[\w-]{16,}|\bsk-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY|\w+:\/\/[^/\s:@]*:[^/\s@]+@/;

const secretsAreReferences = eachVariable(({ name, variable }) =>
  !isReference(variable) && !SWITCH.test(variable) && (SECRET_NAME.test(name) || SECRET_VALUE.test(variable))
    ? {
        value: '(a value that is not repeated here)',
        rule: 'no secret: what stands in a spec is kept in histories, requests and S3',
        mend: `keep it in Secrets Manager or Systems Manager, and write ${name}: {secretArn: arn:aws:secretsmanager:…} or {parameter: /its/name}`,
      }
    : undefined,
);

const referencesNameSecretsAndParameters = eachVariable(({ variable }) => {
  if (!isReference(variable)) return undefined;
  if ('parameter' in variable)
    return PARAMETER.test(variable.parameter)
      ? undefined
      : {
          value: variable.parameter,
          rule: 'the name or ARN of a parameter of Systems Manager, such as /attune/hf-token',
          mend: 'copy it from its page',
        };
  return SECRET_ARN.test(variable.secretArn)
    ? undefined
    : {
        value: variable.secretArn,
        rule: 'the ARN of a secret, arn:aws:secretsmanager:<region>:<account>:secret:<name>',
        mend: 'copy the ARN from its page, not the name; one key of a JSON secret goes into `key`',
      };
});

/** What the containers install by, before any code of attune's runs in an endpoint. */
const OF_PIP = /^(PIP_\w+|CA_REPOSITORY_ARN)$/;

const endpointsKnowTheirIndexAtOnce = eachVariable(({ stage, name, variable }) =>
  stage === 'deploy' && isReference(variable) && OF_PIP.test(name)
    ? {
        value: variable,
        rule: "a value: the image installs the model's requirements before any code could resolve a reference",
        mend: 'give CA_REPOSITORY_ARN (the role logs in to CodeArtifact by itself), an index without a password, or network.wheelhouse',
      }
    : undefined,
);

const codeArtifactIsNamedByItsArn = eachVariable(({ name, variable }) =>
  name === 'CA_REPOSITORY_ARN' &&
  !(typeof variable === 'string' && /^arn:[^:]+:codeartifact:[^:]+:\d{12}:repository\/[^/]+\/[^/]+$/.test(variable))
    ? {
        value: variable,
        rule: 'arn:<partition>:codeartifact:<region>:<account>:repository/<domain>/<repository>',
        mend: 'copy the ARN of the repository; the role logs in by itself',
      }
    : undefined,
);

const packagesComeFromOnePlace: Rule = (spec) => {
  const wheelhouse = spec.network.wheelhouse !== undefined;
  return environmentsIn(spec).flatMap(({ stage, environment }) => {
    const names = Object.keys(environment).filter((name) =>
      /^(CA_REPOSITORY_ARN|PIP_(INDEX_URL|EXTRA_INDEX_URL|NO_INDEX|FIND_LINKS))$/.test(name),
    );
    const clash = wheelhouse
      ? names
      : names.filter((name) => name === 'PIP_INDEX_URL' && names.includes('CA_REPOSITORY_ARN'));
    return clash.map((name) =>
      problem(
        `${stage}.environment.${name}`,
        name,
        wheelhouse
          ? 'no package index beside network.wheelhouse, which takes its place'
          : 'one index: CA_REPOSITORY_ARN makes PIP_INDEX_URL itself',
        wheelhouse ? 'remove it, or network.wheelhouse' : 'remove one of the two',
      ),
    );
  });
};

const isolatedContainersResolveNothing: Rule = (spec, written) =>
  spec.network.isolation
    ? eachVariable(({ variable }) =>
        isReference(variable)
          ? {
              value: variable,
              rule: 'a value: with network.isolation a container has neither network nor credentials to resolve it with',
              mend: 'remove it, or drop network.isolation',
            }
          : undefined,
      )(spec, written)
    : [];

export const environmentRules = {
  variablesHaveNamesThatAwsTakes,
  reservedVariablesAreLeftAlone,
  variablesFitTheirRequest,
  secretsAreReferences,
  referencesNameSecretsAndParameters,
  endpointsKnowTheirIndexAtOnce,
  codeArtifactIsNamedByItsArn,
  packagesComeFromOnePlace,
  isolatedContainersResolveNothing,
} as const satisfies Record<string, Rule>;
