#!/usr/bin/env node
/**
 * The local SageMaker as a program of its own: reads its arguments, listens, and says where on one line of stdout.
 * @module
 */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Context, Settings } from './context.js';
import { killAll, listen } from './emulator.js';
import { announce } from './events.js';
import { QUIET_SDK } from './jobs/supervisor.js';
import { Store } from './store.js';

const USAGE = `Usage: node main.js --state DIR --python PATH --account ID --role ARN [--role ARN …]
         [--port N] [--events-url URL] [--stop-grace-ms N]
         [--instant MS|MIN-MAX --outputs DIR]
       node main.js --state DIR --kill-all
Environment: AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION
`;

/** The part of AWS's variables that jobs and endpoints are given. */
const PASSED_ON = ['AWS_ENDPOINT_URL_S3', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

class UsageError extends Error {}

async function main(argv: string[]): Promise<void> {
  const { values } = parsed(argv);
  const stateDir = resolve(required(values.state, '--state DIR'));
  mkdirSync(stateDir, { recursive: true });
  Object.assign(process.env, QUIET_SDK);
  const region = process.env['AWS_REGION'] ?? 'us-east-1';
  const settings: Settings = {
    stateDir,
    region,
    accountId: values.account,
    roleArns: values.role,
    python: values.python,
    url: '',
    eventsUrl: values['events-url'],
    stopGraceMs: count(values['stop-grace-ms'], '--stop-grace-ms'),
    instant: instantOf(values),
    awsEnvironment: {
      ...passedOn(),
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  };
  const context: Context = {
    settings,
    store: new Store(`${stateDir}/records`),
    now: Date.now,
    emit: (detailType, arn, detail) => announce(settings, detailType, arn, detail, Date.now()),
  };
  if (values['kill-all']) return killAll(context);

  required(values.python, '--python PATH');
  required(values.role[0], '--role ARN');
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
        state: { type: 'string' },
        port: { type: 'string', default: '0' },
        python: { type: 'string', default: '' },
        account: { type: 'string', default: '000000000000' },
        role: { type: 'string', multiple: true, default: [] },
        'events-url': { type: 'string' },
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
  process.stderr.write(`local SageMaker: ${message}\n${error instanceof UsageError ? USAGE : ''}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
