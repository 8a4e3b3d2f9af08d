/**
 * Who may import whom: each arrow that must not exist is a rule with a sentence, so that no reviewer has to know it.
 * eslint.config.js turns them into `no-restricted-imports`; test/unit/lint.test.ts holds each of them.
 * @module
 */

import { builtinModules } from 'node:module';

/** A relative path that leads into one of these folders of src/. */
const into = (...folders) => `^\\.{1,2}/(?:.*/)?(?:${folders.join('|')})/`;

const no = (regex, message) => ({ regex, message });
/** An `import type` is fine, because nothing of it is left at run time. */
const noValue = (regex, message) => ({ regex, message, allowTypeImports: true });

const builtIns = builtinModules.filter((name) => !name.startsWith('_')).join('|');

const nobodyImportsTheCli = no(
  into('cli'),
  'Nothing imports the command line: what others need of it belongs in client/.',
);
const noLocal = no(
  into('local'),
  'The product does not know that local mode exists: it is reached by endpoint settings, never by an import.',
);
const workflowsByTypeOnly = noValue(
  '^\\.{1,2}/(?:.*/)?workflows/(?!(?:messages|ids|searchAttributes)\\.js$)',
  'Outside the worker only types, messages and ids of workflows are known; a workflow is started by its type name.',
);
const local = [
  nobodyImportsTheCli,
  no(into('activities'), 'Local mode speaks AWS protocols: knowing an activity, it could answer what AWS would not.'),
];

/** Files → the imports that are forbidden in them. Where two match a file, the later one holds alone. */
export const arrows = {
  'src/*.ts': [nobodyImportsTheCli],
  'src/spec/**/*.ts': [
    no(
      into('workflows', 'activities', 'aws', 'events', 'client', 'cli', 'local'),
      'Everybody imports the spec, so it imports nobody.',
    ),
  ],
  'src/workflows/**/*.ts': [
    nobodyImportsTheCli,
    noLocal,
    no(
      into('aws', 'events', 'client'),
      'Workflow code is replayed: it imports only spec, its own folder and types. An activity does the work.',
    ),
    noValue(
      into('activities'),
      'Workflow code knows activities by `import type` only: their code must not run inside a workflow.',
    ),
    noValue(
      '^@temporalio/(?:client|worker|activity|testing|envconfig)(?:/.*)?$',
      'Workflow code runs in a sandbox: of the SDK it imports @temporalio/workflow and @temporalio/common.',
    ),
    no('^@aws-sdk/', 'Workflow code calls no service: an activity does.'),
    no(
      `^(?:node:.*|(?:${builtIns})(?:/.*)?)$`,
      'Workflow code has no file, socket or environment: what it needs is its input or comes from an activity.',
    ),
  ],
  'src/activities/**/*.ts': [
    nobodyImportsTheCli,
    noLocal,
    no(
      into('client', 'events'),
      'Activities stand on aws and spec; what talks to Temporal from outside is not theirs.',
    ),
  ],
  'src/aws/**/*.ts': [
    nobodyImportsTheCli,
    noLocal,
    noValue(into('workflows'), 'aws/ knows AWS and nothing of workflows: pass what it needs as an argument.'),
    no(into('activities', 'events', 'client'), 'aws/ stands below activities and client: they import it.'),
  ],
  'src/events/**/*.ts': [
    nobodyImportsTheCli,
    noLocal,
    workflowsByTypeOnly,
    no(into('activities'), 'The event bridge reaches a worker through Temporal only.'),
  ],
  'src/client/**/*.ts': [
    nobodyImportsTheCli,
    noLocal,
    workflowsByTypeOnly,
    no(into('activities'), 'The client reaches a worker through Temporal only.'),
  ],
  'src/cli/**/*.ts': [
    workflowsByTypeOnly,
    no(into('activities', 'events'), 'A verb is a thin skin over client/: put what it needs there.'),
  ],
  'src/local/**/*.ts': local,
  'src/local/sagemaker/**/*.ts': [
    ...local,
    no(
      into('workflows', 'client', 'events', 'spec'),
      'The local SageMaker knows AWS shapes only: a stranger must be able to use it without attune.',
    ),
  ],
};
