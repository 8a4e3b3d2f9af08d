/**
 * Who may import whom: each arrow that must not exist is a rule with a sentence, so that no reviewer has to know it.
 * eslint.config.ts turns them into `no-restricted-imports`; test/unit/lint.test.ts holds each of them.
 * @module
 */

import { builtinModules } from 'node:module';

/** A relative path that leads into one of these folders of src/. */
const into = (...folders: string[]): string => `^\\.{1,2}/(?:.*/)?(?:${folders.join('|')})/`;

interface Pattern {
  regex: string;
  message: string;
  allowTypeImports?: boolean;
}

const no = (regex: string, message: string): Pattern => ({ regex, message });
/** An `import type` is fine, because nothing of it is left at run time. */
const noValue = (regex: string, message: string): Pattern => ({ regex, message, allowTypeImports: true });

const builtIns = builtinModules.filter((name) => !name.startsWith('_')).join('|');

const nobodyImportsTheCli = no(
  into('cli'),
  'Nothing imports the command line: what others need of it belongs in client/.',
);
/** But what set-up provides is no part of local mode: the Python that `attune query` runs is one such thing. */
const noDev = no(
  '^\\.{1,2}/(?:.*/)?dev/(?!toolchain/)',
  'The product does not know that local mode exists: it is reached by endpoint settings, never by an import.',
);
const noTrainyard = no(
  '(?:^|/)trainyard(?:/|$)',
  'The local SageMaker is a product of its own: it is reached as a process and by URLs, never by an import.',
);
const nobodyImportsPages = no(into('ui'), 'Pages are a surface, as the command line is: only that one imports them.');
const everywhere = [nobodyImportsTheCli, nobodyImportsPages, noTrainyard];
const typesOfWorkflowsOnly = noValue(
  into('workflows'),
  'Outside the worker only types of workflows are known; a workflow is started by its type name.',
);

/** Files → the imports that are forbidden in them. Where two match a file, the later one holds alone. */
export const arrows: Record<string, Pattern[]> = {
  'src/*.ts': everywhere,
  'src/spec/**/*.ts': [
    ...everywhere,
    no(
      into('run', 'workflows', 'activities', 'aws', 'vectorStore', 'events', 'client', 'worker', 'dev'),
      'Everybody imports the spec, so it imports nobody.',
    ),
  ],
  'src/run/**/*.ts': [
    ...everywhere,
    no(
      into('workflows', 'activities', 'aws', 'vectorStore', 'events', 'client', 'worker', 'dev'),
      "Everybody imports the run's vocabulary, workflow code too: it imports the spec alone.",
    ),
    no('^@aws-sdk/', "The run's vocabulary knows no service: workflow code loads it."),
    no('^node:', "The run's vocabulary has no file, socket or environment: workflow code loads it."),
  ],
  'src/workflows/**/*.ts': [
    ...everywhere,
    noDev,
    no(
      into('aws', 'vectorStore', 'events', 'client', 'worker'),
      'Workflow code is replayed: it imports only spec, run, its own folder and types. An activity does the work.',
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
    ...everywhere,
    noDev,
    no(
      into('client', 'events', 'workflows', 'worker'),
      'Activities stand on aws, run and spec; what talks to Temporal from outside is not theirs.',
    ),
  ],
  'src/aws/**/*.ts': [
    ...everywhere,
    noDev,
    no(into('vectorStore'), 'aws/ knows AWS: vectors are kept elsewhere.'),
    no(into('workflows'), 'aws/ knows AWS and nothing of workflows: pass what it needs as an argument.'),
    no(into('activities', 'events', 'client', 'worker'), 'aws/ stands below activities and client: they import it.'),
  ],
  'src/vectorStore/**/*.ts': [
    ...everywhere,
    noDev,
    no(
      into('workflows', 'activities', 'aws', 'events', 'client', 'worker'),
      'A vector store stands below activities and client, beside aws: it knows versions and vectors, and nothing of runs.',
    ),
    no('^@aws-sdk/', 'What a store needs of a service is passed in.'),
  ],
  // The one store that is a service of AWS: its clients are passed in, its requests are its own.
  'src/vectorStore/s3vectors/**/*.ts': [
    ...everywhere,
    noDev,
    no(
      into('workflows', 'activities', 'aws', 'events', 'client', 'worker'),
      'A vector store stands below activities and client, beside aws: it knows versions and vectors, and nothing of runs.',
    ),
  ],
  'src/events/**/*.ts': [
    ...everywhere,
    noDev,
    typesOfWorkflowsOnly,
    no(into('activities', 'worker'), 'The event bridge reaches a worker through Temporal only.'),
  ],
  'src/client/**/*.ts': [
    ...everywhere,
    noDev,
    typesOfWorkflowsOnly,
    no(into('activities', 'worker'), 'The client reaches a worker through Temporal only.'),
  ],
  'src/ui/**/*.ts': [
    ...everywhere,
    noDev,
    no(into('workflows', 'activities', 'worker', 'events'), 'Pages show what client/ tells: put what they need there.'),
    no('^@aws-sdk/', 'Pages ask no service: client/ does.'),
  ],
  'src/worker/**/*.ts': [...everywhere, noDev],
  'src/cli/**/*.ts': [
    noTrainyard,
    typesOfWorkflowsOnly,
    no(into('activities', 'events'), 'A verb is a thin skin over client/: put what it needs there.'),
  ],
  'src/dev/**/*.ts': [
    ...everywhere,
    no(
      into('activities', 'workflows', 'worker', 'client', 'events', 'aws'),
      'The local stack starts processes: what they do is known to them alone.',
    ),
  ],
  'packages/trainyard/**/*.ts': [
    no(
      '^(?:attune(?:/.*)?|(?:\\.\\./)+(?:\\.\\.)?src/(?:spec|run|workflows|activities|aws|events|client|cli|dev|worker).*)$',
      'The local SageMaker knows AWS alone: a stranger must be able to use it without attune.',
    ),
    no('^(?:\\.\\./){4,}', 'The local SageMaker lives in its own folder: nothing outside of it is imported.'),
  ],
};
