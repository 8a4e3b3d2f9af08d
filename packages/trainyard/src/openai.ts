/**
 * OpenAI's protocol, as far as a language model needs it: chat completions, streamed or whole, and the list of models.
 * @module
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { LanguageModel } from './bedrock/languageModel.js';
import { whyNotStrict } from './bedrock/outputSchema.js';
import { AwsError } from './errors.js';
import type { Faults } from './faults.js';

/** An error as OpenAI writes it. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
    readonly code: string | null = null,
  ) {
    super(message);
  }
}

const chatSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  response_format: z
    .looseObject({
      type: z.enum(['text', 'json_object', 'json_schema']),
      json_schema: z
        .looseObject({ name: z.string(), strict: z.boolean().nullish(), schema: z.record(z.string(), z.unknown()) })
        .optional(),
    })
    .optional(),
});

export interface OpenAi {
  model: LanguageModel;
  faults: Faults;
  /** Absent: none is asked for. */
  apiKey?: string;
}

/** Answers every request, with an error of OpenAI's form where it must. */
export async function answerOpenAi(
  { model, faults, apiKey }: OpenAi,
  request: IncomingMessage,
  path: string,
  read: (request: IncomingMessage) => Promise<Buffer>,
  response: ServerResponse,
): Promise<void> {
  try {
    requireKey(request, apiKey);
    if (request.method === 'GET' && path === '/v1/models') return send(response, 200, modelList(model));
    if (request.method !== 'POST' || path !== '/v1/chat/completions')
      throw new Refusal(404, 'invalid_request_error', `Unknown request URL: ${request.method} ${path}.`, 'unknown_url');
    const chat = chatOf(await read(request), model);
    const reply = await faults.around('ChatCompletions', {}, () => model.pass(path, chat, closing(response)));
    response.writeHead(reply.statusCode, { 'content-type': String(reply.headers['content-type']) });
    await pipeline(reply.body, response);
  } catch (error) {
    if (response.headersSent || response.destroyed) return void response.destroy();
    const { status, type, message, code } = asRefusal(error);
    send(response, status, { error: { message, type, param: null, code } });
  }
}

function requireKey({ headers: { authorization = '' } }: IncomingMessage, apiKey: string | undefined): void {
  if (apiKey === undefined) return;
  const [given, wanted] = [authorization, `Bearer ${apiKey}`].map((text) => Buffer.from(text));
  if (given?.length === wanted?.length && timingSafeEqual(given!, wanted!)) return;
  throw new Refusal(401, 'invalid_request_error', 'Incorrect API key provided.', 'invalid_api_key');
}

function chatOf(body: Buffer, model: LanguageModel): object {
  const parsed = chatSchema.safeParse(jsonOf(body));
  if (!parsed.success) throw new Refusal(400, 'invalid_request_error', z.prettifyError(parsed.error));
  const { data } = parsed;
  if (data.model !== model.id) {
    const message = `The model \`${data.model}\` does not exist: \`${model.id}\` is the one that runs here.`;
    throw new Refusal(404, 'invalid_request_error', message, 'model_not_found');
  }
  const { name = '', strict, schema } = data.response_format?.json_schema ?? {};
  const why = strict && schema ? whyNotStrict(schema, name) : undefined;
  if (why) throw new Refusal(400, 'invalid_request_error', why);
  return data;
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refusal(400, 'invalid_request_error', 'We could not parse the JSON body of your request.');
  }
}

const modelList = ({ id }: LanguageModel): object => ({
  object: 'list',
  data: [{ id, object: 'model', created: 0, owned_by: 'trainyard' }],
});

/** What nobody waits for any more is not written to its end. */
function closing(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { status, message } = error instanceof AwsError ? error : { status: 500, message: String(error) };
  const type = status === 429 ? 'rate_limit_exceeded' : status < 500 ? 'invalid_request_error' : 'server_error';
  return new Refusal(status, type, message);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
