#!/usr/bin/env node
/**
 * The local SageMaker as a program of its own: reads its arguments, listens, and says where on one line of stdout.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Context, Settings } from './context.js';
import { killAll, listen } from './emulator.js';
import { announce } from './events.js';
import { whyNoNamespaces } from './jobs/enclosure.js';
import { QUIET_SDK } from './jobs/supervisor.js';
import type { Keys } from './signature.js';
import { Store } from './store.js';

const USAGE = `Usage: trainyard [options]               serve until Ctrl-C; prints {"url": "http://127.0.0.1:PORT"}
       trainyard --kill-all [--state DIR]   end the jobs and endpoints that an earlier one left running

  --port N            where to listen on 127.0.0.1                (default: a free port)
  --state DIR         records, job folders, endpoints, logs       (default: .trainyard)
  --python PATH       Python environment of jobs and endpoints    (default: the python3 on PATH)
  --account ID        twelve digits                               (default: 000000000000)
  --role ARN          a role that may be assumed; may be repeated (default: arn:aws:iam::ACCOUNT:role/trainyard)
  --events-url URL    where state changes are posted, as EventBridge would deliver them
  --namespaces WHEN   jobs and endpoints have their own /opt/ml, and no network where they are isolated:
                      on, off, or auto: where the machine lets them      (default: auto)
  --language-model MODEL
                      answer as Amazon Bedrock and in OpenAI's protocol (/v1): smollm2, or a GGUF file
  --language-model-python PATH
                      Python environment of its llama.cpp             (default: that of --python)
  --faults            take faults on request (/faults), for tests
  --stop-grace-ms N   between SIGTERM and SIGKILL of a stopped job (default: 120000, as on AWS)
  --instant MS|MIN-MAX --outputs DIR
                      jobs and endpoints only take so long, and leave what DIR holds
  --help, --version

Environment
  AWS_ENDPOINT_URL_S3                          an S3 server, such as http://127.0.0.1:9000
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY     its keys; requests to trainyard must be signed with the same
  AWS_REGION or AWS_DEFAULT_REGION             default: us-east-1
  TRAINYARD_EVENTS_TOKEN                       sent with each event: Authorization: Bearer …
  TRAINYARD_OPENAI_API_KEY                     what requests to /v1 must bear; without it, none
`;

const HINT = '`trainyard --help` lists the options.\n';

/** The part of AWS's variables that jobs and endpoints are given. */
const PASSED_ON = ['AWS_ENDPOINT_URL_S3', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

class UsageError extends Error {}

async function main(argv: string[]): Promise<void> {
  const { values } = parsed(argv);
  if (values.help) return void process.stdout.write(USAGE);
  if (values.version) return void process.stdout.write(`${version()}\n`);
  const stateDir = resolve(values.state);
  mkdirSync(stateDir, { recursive: true });
  chmodSync(stateDir, 0o700); // data, logs and models of the jobs: nobody else's on this machine
  const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  // The SDK knows no default, and one name of the two.
  Object.assign(process.env, QUIET_SDK, { AWS_REGION: region });
  const settings: Settings = {
    stateDir,
    region,
    accountId: values.account,
    roleArns: values.role.length > 0 ? values.role : [`arn:aws:iam::${values.account}:role/trainyard`],
    python: '',
    namespaces: false,
    url: '',
    keys: { accessKeyId: '', secretAccessKey: '' },
    takesFaults: values.faults,
    eventsUrl: values['events-url'],
    eventsToken: process.env['TRAINYARD_EVENTS_TOKEN'],
    stopGraceMs: count(values['stop-grace-ms'], '--stop-grace-ms'),
    instant: instantOf(values),
    awsEnvironment: {
      ...passedOn(),
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
      // The profiles of whoever started the server are not the jobs'.
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
    },
  };
  const context: Context = {
    settings,
    store: new Store(`${stateDir}/records`),
    now: Date.now,
    emit: (detailType, arn, detail) => announce(settings, detailType, arn, detail, Date.now()),
  };
  if (values['kill-all']) return killAll(context);

  if (!process.env['AWS_ENDPOINT_URL_S3']) {
    throw new UsageError(
      'AWS_ENDPOINT_URL_S3 is not set: jobs read and write S3, so give the address of an S3 server, such as http://127.0.0.1:9000',
    );
  }
  settings.keys = keysOf(process.env);
  settings.python = pythonOf(values.python);
  settings.languageModel = languageModelOf(values, settings.python);
  settings.namespaces = !settings.instant && hasNamespaces(values.namespaces, settings.python);
  // The last guard: what one request or event breaks, it breaks for itself.
  process.stderr.on('error', () => undefined);
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) process.on(fault, logFault);
  const emulator = await listen(context, count(values.port, '--port'));
  process.stdout.write(`${JSON.stringify({ url: settings.url })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void emulator.close().then(() => process.exit()));
}

function parsed(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        help: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
        state: { type: 'string', default: '.trainyard' },
        port: { type: 'string', default: '0' },
        python: { type: 'string', default: 'python3' },
        account: { type: 'string', default: '000000000000' },
        role: { type: 'string', multiple: true, default: [] },
        'events-url': { type: 'string' },
        'language-model': { type: 'string' },
        'language-model-python': { type: 'string' },
        faults: { type: 'boolean', default: false },
        namespaces: { type: 'string', default: 'auto' },
        'stop-grace-ms': { type: 'string', default: '120000' },
        instant: { type: 'string' },
        outputs: { type: 'string' },
        'kill-all': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function instantOf({ instant, outputs }: { instant?: string; outputs?: string }): Settings['instant'] {
  if (instant === undefined) return undefined;
  const [shortest = '', longest = shortest] = instant.split('-');
  return {
    shortestMs: count(shortest, '--instant MS|MIN-MAX'),
    longestMs: count(longest, '--instant MS|MIN-MAX'),
    outputs: resolve(required(outputs, '--outputs DIR')),
  };
}

function languageModelOf(
  values: { 'language-model'?: string; 'language-model-python'?: string },
  usual: string,
): Settings['languageModel'] {
  const { 'language-model': model, 'language-model-python': python } = values;
  if (model === undefined) return undefined;
  return {
    model: model === 'smollm2' ? model : resolve(model),
    python: python === undefined ? usual : pythonOf(python),
    apiKey: process.env['TRAINYARD_OPENAI_API_KEY'] || undefined,
  };
}

function keysOf({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }: NodeJS.ProcessEnv): Keys {
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey };
  throw new UsageError(
    'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set: give those of the S3 server; requests to trainyard are signed with them too',
  );
}

const logFault = (error: unknown): void =>
  void process.stderr.write(
    `internal failure: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );

/** @returns the path of the program: what the environment installed lies beside it */
function pythonOf(name: string): string {
  if (name.includes('/')) return resolve(name);
  try {
    return execFileSync(name, ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  } catch {
    throw new UsageError(`there is no ${name} on PATH: name the Python of your jobs by --python PATH`);
  }
}

/** @throws UsageError where they are asked for and not to be had */
function hasNamespaces(when: string, python: string): boolean {
  if (!['on', 'off', 'auto'].includes(when))
    throw new UsageError(`--namespaces: expected on, off or auto, got '${when}'`);
  if (when === 'off') return false;
  const why = whyNoNamespaces(python);
  if (why === undefined) return true;
  if (when === 'on') throw new UsageError(`--namespaces on: this machine allows none (${why})`);
  process.stderr.write(
    `trainyard: this machine allows no namespaces (${why}): jobs find their /opt/ml by SM_* alone, and isolated ones keep the network\n`,
  );
  return false;
}

function version(): string {
  const path = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

function required(value: string | undefined, option: string): string {
  if (!value) throw new UsageError(`${option} is missing`);
  return value;
}

function count(text: string, option: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new UsageError(`${option}: expected a whole number of at least 0, got '${text}'`);
}

const passedOn = (): Record<string, string> =>
  Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));

main(process.argv.slice(2)).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`trainyard: ${message}\n${error instanceof UsageError ? HINT : ''}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
