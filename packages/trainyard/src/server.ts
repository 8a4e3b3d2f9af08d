/**
 * The wire: JSON 1.1 for the control plane and the logs, REST for Bedrock and for invocations, with AWS's headers and error
 * bodies.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Context, InvocationReply, InvocationRequest, Operations } from './context.js';
import { nameIn, requireLocal, requireNoQuery, targetOf } from './door.js';
import { AwsError } from './errors.js';
import { ReplyLost, type Faults } from './faults.js';
import type { ServiceModel } from './serviceModel.js';
import { answerOpenAi, type OpenAi } from './openai.js';
import { restCall } from './rest.js';
import { claimOf, verify } from './signature.js';
import { checked } from './validate.js';

/** An API that is spoken as JSON: with an X-Amz-Target header, or as REST where its model has routes. */
export interface Api {
  model: ServiceModel;
  operations: Operations;
  /** Of a request, in bytes. Default: that of the control plane. */
  largestBody?: number;
}

export interface Wiring {
  context: Context;
  faults: Faults;
  apis: Api[];
  /** Absent: there is no language model. */
  openAi?: OpenAi;
  invoke(endpointName: string, request: InvocationRequest, context: Context): Promise<InvocationReply>;
}

/** AWS's limit on a control-plane request, and on an invocation's body (InvokeEndpoint: 6 MiB). */
const LARGEST_BODY = 6_291_456;
const JSON_TYPE = 'application/x-amz-json-1.1';
const INVOCATION = /^\/endpoints\/([^/]+)\/invocations$/;

export function createEmulatorServer(wiring: Wiring): Server {
  const calls: Record<string, number> = {};
  const server = createServer((request, response) => {
    // What fails even to be refused ends its own connection, and nothing else.
    answer({ ...wiring, calls }, request, response).catch(() => request.socket.destroy());
  });
  // Clients keep connections between polls; closing them first would answer the next call with a reset.
  server.keepAliveTimeout = 65_000;
  return server;
}

/** With how often each operation was called since the start. */
type Counted = Wiring & { calls: Record<string, number> };

async function answer(wiring: Counted, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  response.setHeader('x-amzn-requestid', requestId);
  let endpoint: string | undefined;
  let rest: Api | undefined;
  try {
    const { path, query } = targetOf(request);
    const api = wiring.apis.find(({ model }) => model.routes.some(({ path: form }) => form.test(path)));
    if (!api && OF_BEDROCK.test(path)) throw unknownOperation(withModel(path));
    if (!api) requireNoQuery({ path, query });
    endpoint = INVOCATION.exec(path)?.[1];
    requireLocal(request);
    if (request.method === 'GET' && path === '/health') return send(response, 200, JSON_TYPE, { status: 'ok' });
    if (path.startsWith('/v1/')) return await openAi(wiring, request, path, response);
    const body = await signedBody(wiring.context, request, api?.largestBody);
    if (request.method === 'GET' && path === '/calls') return send(response, 200, JSON_TYPE, wiring.calls);
    if (path === '/faults') return send(response, 200, JSON_TYPE, changeFaults(wiring, request, body));
    const asked = { method: request.method ?? '', path, query };
    rest = api;
    const found = rest && restCall(rest.model, asked, () => parsed(body));
    if (rest && found) return send(response, 200, 'application/json', await carryOut(wiring, rest, found));
    if (request.method !== 'POST') throw unknownOperation(`${request.method} ${path}`);
    if (endpoint !== undefined) return await invocation(wiring, nameIn(endpoint), request, body, response);
    if (path !== '/') throw unknownOperation(`POST ${path}`);
    const output = await call(wiring, request.headers['x-amz-target'], body);
    send(response, 200, JSON_TYPE, output);
  } catch (error) {
    if (error instanceof ReplyLost) return void request.socket.destroy();
    if (rest) return refuseRest(response, error, rest.model);
    refuse(response, error, endpoint !== undefined);
  }
}

/** The body of a request that was made with the key. @throws AwsError (403) for any other */
async function signedBody({ settings, now }: Context, request: IncomingMessage, largest?: number): Promise<Buffer> {
  const claim = claimOf(request, settings.keys, settings.region, now());
  const body = await read(request, largest);
  await verify(claim, request, body, settings.keys);
  return body;
}

/** @returns the operation's output; undefined for those that have none */
async function call(wiring: Counted, target: string | string[] | undefined, body: Buffer): Promise<object | undefined> {
  if (typeof target !== 'string') throw unknownOperation('a request without X-Amz-Target');
  const [prefix, name = ''] = target.split('.');
  const api = wiring.apis.find(({ model }) => model.targetPrefix === prefix);
  if (!api?.model.operations.has(name)) throw unknownOperation(target);
  if (!api.operations[name]) {
    throw new AwsError(
      'UnknownOperationException',
      `${name} is an operation of AWS that the local SageMaker does not have.`,
    );
  }
  return carryOut(wiring, api, { operation: name, input: parsed(body) });
}

async function carryOut(
  { context, faults, calls }: Counted,
  { model, operations }: Api,
  { operation, input: given }: { operation: string; input: unknown },
): Promise<object | undefined> {
  calls[operation] = (calls[operation] ?? 0) + 1;
  const shape = model.operations.get(operation);
  const input = shape === undefined ? {} : checked(model, shape, given);
  return faults.around(operation, input, () => operations[operation]?.(input as never, context));
}

function openAi({ openAi: wired }: Wiring, request: IncomingMessage, path: string, response: ServerResponse) {
  if (!wired) throw unknownOperation(withModel(path));
  return answerOpenAi(wired, request, path, read, response);
}

function parsed(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw new AwsError('SerializationException', 'The request body is not JSON.');
  }
}

async function invocation(
  { invoke, context, faults, calls }: Counted,
  endpointName: string,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  calls.InvokeEndpoint = (calls.InvokeEndpoint ?? 0) + 1;
  const reply = await faults.around('InvokeEndpoint', { EndpointName: endpointName }, () =>
    invoke(endpointName, { headers, body }, context),
  );
  response.writeHead(200, { ...reply.headers, 'content-length': reply.body.length }).end(reply.body);
}

/** The tests' own door: faults to come, and those that are left. Closed unless it was asked for. */
function changeFaults({ context, faults }: Wiring, { method }: IncomingMessage, body: Buffer): object {
  if (!context.settings.takesFaults)
    throw unknownOperation('/faults, which is there when trainyard runs with --faults');
  if (method === 'POST') faults.add(parsed(body));
  else if (method === 'DELETE') faults.clear();
  return faults.list();
}

async function read(request: IncomingMessage, largest = LARGEST_BODY): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Past the limit the rest is read and dropped, so that the client gets the answer instead of a reset.
    if (length <= largest) chunks.push(chunk);
  }
  if (length > largest) {
    throw new AwsError('ValidationError', `The request body has ${length} bytes; the limit is ${largest}.`, 413);
  }
  return Buffer.concat(chunks);
}

function refuse(response: ServerResponse, error: unknown, isRest: boolean): void {
  const known = error instanceof AwsError ? error : internal(error);
  if (isRest)
    response.setHeader('x-amzn-ErrorType', `${known.code}:http://internal.amazon.com/coral/com.amazonaws.sagemaker/`);
  const body = isRest
    ? { ...known.members, Message: known.message }
    : { __type: known.code, ...known.members, message: known.message };
  send(response, known.status, isRest ? 'application/json' : JSON_TYPE, body);
}

/** Each error with the status that the service's model gives it. */
function refuseRest(response: ServerResponse, error: unknown, { statuses }: ServiceModel): void {
  const { code, status, members, message } = error instanceof AwsError ? error : internal(error);
  response.setHeader('x-amzn-ErrorType', code);
  send(response, statuses.get(code) ?? status, 'application/json', { ...members, message });
}

function internal(error: unknown): AwsError {
  process.stderr.write(
    `internal failure: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  const detail = error instanceof Error ? error.message : String(error);
  return new AwsError('InternalFailure', `The local SageMaker failed: ${detail}. Its log holds the details.`, 500);
}

function send(response: ServerResponse, status: number, type: string, output: object | undefined): void {
  const body = output === undefined ? '' : JSON.stringify(output);
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** Paths of Bedrock's operations. */
const OF_BEDROCK = /^\/(model|model-invocation-jobs?|listTagsForResource)(\/|$)/;
const withModel = (path: string): string => `${path}, which is there when trainyard runs with --language-model`;

const unknownOperation = (what: string): AwsError =>
  new AwsError('UnknownOperationException', `Unknown operation: ${what}.`);
