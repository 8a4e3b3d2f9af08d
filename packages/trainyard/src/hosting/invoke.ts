/**
 * InvokeEndpoint: a request to one of the instances that serve, within the platform's limits of size and time.
 * @module
 */
import type { Dispatcher } from 'undici';
import { arnOf, type Context, type InvocationReply, type InvocationRequest } from '../context.js';
import { AwsError } from '../errors.js';
import { endpointLogs } from '../logFiles.js';
import { instanceFolder, passFor, type Address, type Instance } from './instanceProcess.js';
import type { EndpointRecord, Fleet, Variant } from './records.js';
import { trafficOf } from './traffic.js';

/** Of a reply's body; that of a request is checked where it is read. */
const MOST_BYTES = 6_291_456;
/** Of a request to a serverless variant. */
const MOST_SERVERLESS_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
/** Of a container's error text in OriginalMessage. */
const MOST_ERROR_CHARS = 10_000;

const CUSTOM_ATTRIBUTES = 'x-amzn-sagemaker-custom-attributes';
const TO_CONTAINER = ['content-type', 'accept', CUSTOM_ATTRIBUTES, 'x-amzn-sagemaker-inference-id'];

/**
 * @param timeoutMs  how long the container may take, the wait for one that is being started again included
 * @throws ValidationError for an unknown endpoint or variant
 * @throws ModelError (424) when the container answers with an error, too late, or too much
 * @throws ServiceUnavailable (503) when the instance died and did not come up again
 */
export async function invokeEndpoint(
  name: string,
  request: InvocationRequest,
  context: Context,
  { timeoutMs = TIMEOUT_MS } = {},
): Promise<InvocationReply> {
  const fleet = servingFleet(context, name);
  const variant = variantFor(context, fleet, request, name);
  requireSize(variant, request.body);
  const traffic = trafficOf(context);
  const id = traffic.nextInstance(variant) ?? '';
  const instance: Instance = { id, folder: instanceFolder(context, name, id), endpointName: name, variant };
  // Counted before anything is awaited: the instance cannot be retired under a request that has chosen it.
  const done = traffic.begin(id);
  try {
    const reply = await withinTime(timeoutMs, (signal) => exchange(context, instance, request, signal));
    return replyOf(context, instance, reply);
  } finally {
    done();
  }
}

function requireSize({ name, serverless }: Variant, body: Buffer): void {
  if (!serverless || body.length <= MOST_SERVERLESS_BYTES) return;
  const found = `The request body has ${body.length} bytes; the limit of serverless variant ${name} is ${MOST_SERVERLESS_BYTES}.`;
  throw new AwsError('ValidationError', found, 413);
}

function servingFleet(context: Context, name: string): Fleet {
  const record = context.store.get<EndpointRecord>('endpoint', name);
  if (!record?.serving || record.EndpointStatus === 'Deleting') {
    throw refused(`Endpoint ${name} of account ${context.settings.accountId} not found.`);
  }
  const { serving, pending, rollout, shift } = record;
  const share = (shift && rollout?.steps[shift.step]?.share) ?? 0;
  return pending && trafficOf(context).goesTo(pending, share) ? pending : serving;
}

function variantFor(context: Context, fleet: Fleet, { headers }: InvocationRequest, name: string): Variant {
  const target = headers['x-amzn-sagemaker-target-variant'];
  const variant = target ? fleet.variants.find((one) => one.name === target) : trafficOf(context).nextVariant(fleet);
  if (!variant?.instances.length) {
    const names = fleet.variants.map((one) => one.name).join(', ');
    throw refused(
      `Variant ${target ?? ''} of endpoint ${arnOf(context, 'endpoint', name)} takes no requests: expected one of ${names}, with a weight and instances.`,
    );
  }
  return variant;
}

const refused = (message: string): AwsError => new AwsError('ValidationError', message);

interface ContainerReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Absent when it was more than the limit. */
  body?: Buffer;
}

/** @returns undefined when the time was up */
async function withinTime<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), limitMs);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function exchange(
  context: Context,
  instance: Instance,
  request: InvocationRequest,
  signal: AbortSignal,
): Promise<ContainerReply> {
  try {
    return await send(context, instance, request, signal).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
      // Nobody listens there, so the request was not delivered: the instance is looked for, or started, anew.
      trafficOf(context).forget(instance.id);
      return send(context, instance, request, signal);
    });
  } catch (error) {
    throw asModelError(context, instance, error);
  }
}

async function send(
  context: Context,
  instance: Instance,
  { headers, body }: InvocationRequest,
  signal: AbortSignal,
): Promise<ContainerReply> {
  const address = await addressFor(context, instance, signal);
  const reply = await trafficOf(context).agent.request({
    origin: `http://127.0.0.1:${address.port}`,
    path: '/invocations',
    method: 'POST',
    headers: {
      ...Object.fromEntries(TO_CONTAINER.flatMap((header) => (headers[header] ? [[header, headers[header]]] : []))),
      ...passFor(address),
    },
    body,
    signal,
  });
  return { status: reply.statusCode, headers: reply.headers, body: await wholeBody(reply.body) };
}

async function addressFor(context: Context, instance: Instance, signal: AbortSignal): Promise<Address> {
  const address = trafficOf(context)
    .address(context, instance)
    .catch((error: unknown) => {
      throw new AwsError(
        'ServiceUnavailable',
        `Variant ${instance.variant.name} has no instance in service. ${String(error)}`,
        503,
      );
    });
  const timeUp = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error)),
  );
  return Promise.race([address, timeUp]);
}

async function wholeBody(body: Dispatcher.ResponseData['body']): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BYTES) return undefined; // leaving the loop ends the connection
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function replyOf(context: Context, instance: Instance, reply: ContainerReply | undefined): InvocationReply {
  if (!reply) {
    const message =
      'Your invocation timed out while waiting for a response from container primary. Review the latency metrics for ' +
      'each container in Amazon CloudWatch, resolve the issue, and try again.';
    throw modelError(context, instance, 0, message);
  }
  const { status, headers, body } = reply;
  if (status < 200 || status > 299) {
    throw modelError(context, instance, status, (body ?? Buffer.alloc(0)).toString('utf8').slice(0, MOST_ERROR_CHARS));
  }
  if (!body) throw modelError(context, instance, 0, `the response is larger than ${MOST_BYTES} bytes`);
  return {
    headers: {
      'content-type': String(headers['content-type'] ?? 'application/octet-stream'),
      'x-amzn-invoked-production-variant': instance.variant.name,
      ...(headers[CUSTOM_ATTRIBUTES] ? { [CUSTOM_ATTRIBUTES]: String(headers[CUSTOM_ATTRIBUTES]) } : {}),
    },
    body,
  };
}

/** The connection broke while the container had the request: whether it was worked on is not known. */
function asModelError(context: Context, instance: Instance, error: unknown): unknown {
  if (error instanceof AwsError) return error;
  return modelError(context, instance, 0, `the container ended the connection before it answered (${String(error)})`);
}

function modelError(context: Context, { endpointName }: Instance, status: number, message: string): AwsError {
  const { region, accountId } = context.settings;
  const group = endpointLogs(endpointName);
  const whose = status >= 400 && status <= 499 ? 'client' : 'server';
  return new AwsError(
    'ModelError',
    `Received ${whose} error (${status}) from primary with message "${message}". See ` +
      `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logEventViewer:group=${group} ` +
      `in account ${accountId} for more information.`,
    424,
    {
      OriginalStatusCode: status,
      OriginalMessage: message,
      LogStreamArn: `arn:aws:logs:${region}:${accountId}:log-group:${group}`,
    },
  );
}
