/**
 * `attune worker`'s flags, declared; its code is loaded when it is called.
 * @module
 */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { isIP } from 'node:net';
import type { QueueKind } from '../run/ids.js';
import type { Io } from './io.js';
import type { WorkerFlags } from './worker.js';

const QUEUES = ['workflows', 'aws', 'io'] as const satisfies readonly QueueKind[];
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'];

interface Numbers {
  port: (text: string) => number;
  wholeNumber: (least: number) => (text: string) => number;
}

export function declareWorker(verb: Command, done: (code: number) => void, io: Io, numbers: Numbers): void {
  const { port, wholeNumber } = numbers;
  verb
    .option(
      '--events-port <port>',
      'take SageMaker state-change events on this port of 127.0.0.1, from those with ATTUNE_EVENTS_TOKEN',
      port,
    )
    .addOption(
      new Option('--events-queue <url>', 'read SageMaker state-change events from this SQS queue')
        .env('ATTUNE_EVENTS_QUEUE')
        .argParser(queueUrl),
    )
    .option('--task-queue <name>', 'name of the three task queues (default: ATTUNE_TASK_QUEUE, or attune)', queueName)
    .option('--queues <kinds>', `poll only these, with commas: ${QUEUES.join(', ')} (default: all)`, queueKinds)
    .option('--identity <name>', 'how this worker is named in the UI')
    .option(
      '--aws-calls-per-second <count>',
      'most calls of the SageMaker control plane, over all workers (default: 20)',
      wholeNumber(1),
    )
    .option('--deployment-name <name>', "with --build-id: worker versioning, by Temporal's deployment of this name")
    .option('--build-id <id>', 'the version of this worker, such as a git commit; a run stays with its version')
    .addOption(
      new Option('--versioning-behavior <how>', 'with --build-id: whether a run stays with its version or moves on')
        .choices(['pinned', 'auto-upgrade'])
        .default('pinned'),
    )
    .addOption(
      new Option('--search-attributes <how>', 'register what the namespace lacks, or assume that it is there')
        .choices(['register', 'assume'])
        .default('register'),
    )
    .option('--data-converter <module>', 'encodes what goes to Temporal (default: ATTUNE_DATA_CONVERTER)')
    .option('--health <ip:port>', 'serve /health and /ready there', (text: string) => listenAddress(text, port))
    .option('--metrics <ip:port>', 'serve /metrics for Prometheus there', (text: string) => {
      const { host, port: at } = listenAddress(text, port);
      return `${isIP(host) === 6 ? `[${host}]` : host}:${at}`;
    })
    .addOption(
      new Option('--otlp <url>', 'send metrics to this OpenTelemetry collector (default: OTEL_EXPORTER_OTLP_ENDPOINT)')
        .argParser(collectorUrl)
        .conflicts('metrics'),
    )
    .option(
      '--traces <url>',
      'send traces to this OpenTelemetry collector, by HTTP (default: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)',
      tracesUrl,
    )
    .addOption(new Option('--log-level <level>', 'what the log holds').argParser(logLevel).default('WARN'))
    .addOption(
      new Option('--log-format <format>', 'lines for people or for programs').choices(['text', 'json']).default('text'),
    )
    .action(async (flags: WorkerFlags) => done(await (await import('./worker.js')).worker(io, flags)));
}

function queueUrl(text: string): string {
  if (!/^https?:\/\/[^/]+\/.+/.test(text))
    throw new InvalidArgumentError('Expected a queue URL: https://sqs.<region>.amazonaws.com/<account>/<queue>.');
  return text;
}

function queueName(text: string): string {
  if (!/^[\w.-]{1,100}$/.test(text))
    throw new InvalidArgumentError('Expected 1 to 100 letters, digits, dots, dashes and underscores.');
  return text;
}

function queueKinds(text: string): QueueKind[] {
  const kinds = text.split(',').map((kind) => kind.trim());
  const wrong = kinds.filter((kind) => !QUEUES.some((known) => known === kind));
  if (wrong.length > 0) throw new InvalidArgumentError(`Expected some of ${QUEUES.join(', ')}, with commas.`);
  return [...new Set(kinds)] as QueueKind[];
}

/** "0.0.0.0:9464", "[::]:9464", "localhost:9464". */
function listenAddress(text: string, port: (text: string) => number): { host: string; port: number } {
  const [, name = '', number = ''] = /^(.+):(\d+)$/.exec(text) ?? [];
  const host = name === 'localhost' ? '127.0.0.1' : name.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) === 0)
    throw new InvalidArgumentError('Expected an IP address and a port: 127.0.0.1:9464, 0.0.0.0:9464.');
  return { host, port: port(number) };
}

function collectorUrl(text: string): string {
  if (!URL.canParse(text) || !/^(https?|grpcs?):$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('Expected a URL: http://collector:4317, or http://collector:4318 for HTTP.');
  return text;
}

function tracesUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('Expected a URL of a collector that takes OTLP over HTTP: http://collector:4318.');
  return text;
}

function logLevel(text: string): string {
  const level = text.toUpperCase();
  if (!LEVELS.includes(level)) throw new InvalidArgumentError(`Expected one of ${LEVELS.join(', ').toLowerCase()}.`);
  return level;
}
