/**
 * A model behind a server that speaks as OpenAI does: OpenAI itself, vLLM, Ollama, llama.cpp, SageMaker's LMI.
 * @module
 */
import OpenAI, { APIConnectionError, APIError, APIUserAbortError } from 'openai';
import type { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { fail, type FailureType } from '../../spec/failures.js';
import { jsonIn, temperature, type LanguageModel } from './model.js';

export interface Server {
  /** Default: OpenAI's own. */
  url?: string;
  /** Default: the server asks for none. */
  apiKey?: string;
}

/** A local model on two cores may think for minutes. */
const TIMEOUT_MS = 600_000;

export function openAiModel(id: string, { url, apiKey = 'none' }: Server): LanguageModel {
  // Each named, so that no variable of the worker's environment is sent to a server that the spec names.
  const own = { organization: null, project: null, webhookSecret: null, adminAPIKey: null };
  const baseURL = url ?? 'https://api.openai.com/v1';
  // The SDK waits as the server says in Retry-After; what is refused for longer, Temporal tries again.
  const client = new OpenAI({ ...own, baseURL, apiKey, maxRetries: 3, timeout: TIMEOUT_MS, logLevel: 'off' });
  return {
    ask: async ({ system, shown = [], user, name, schema, most }, signal) => {
      try {
        const { choices, usage } = await client.chat.completions.create(
          {
            model: id,
            messages: [
              { role: 'system', content: system },
              ...shown.flatMap((one) => [
                { role: 'user' as const, content: one.user },
                { role: 'assistant' as const, content: JSON.stringify(one.answer) },
              ]),
              { role: 'user', content: user },
            ],
            response_format: { type: 'json_schema', json_schema: { name, strict: true, schema } },
            ...(url === undefined ? { max_completion_tokens: most } : { max_tokens: most, temperature }),
          },
          { signal },
        );
        const [choice] = choices;
        return {
          value: jsonIn(choice?.message.content ?? ''),
          refused: Boolean(choice?.message.refusal) || choice?.finish_reason === 'content_filter',
          inputTokens: usage?.prompt_tokens ?? 0,
          outputTokens: usage?.completion_tokens ?? 0,
        };
      } catch (error) {
        throw failureOf(error, `asking ${id} at ${new URL(baseURL).host}`);
      }
    },
  };
}

interface Row {
  status: (status: number) => boolean;
  failure: FailureType;
  mend: string;
}

/** What a server's refusals mean; first match wins. */
const REFUSALS: readonly Row[] = [
  { status: (s) => s === 401 || s === 403, failure: 'AccessDenied', mend: 'check what data.questions.apiKey names' },
  { status: (s) => s === 404, failure: 'NotFound', mend: 'check data.questions.model and url: does it end in /v1?' },
  {
    status: (s) => s === 429,
    failure: 'Throttled',
    mend: 'nothing: tried again; a lower data.questions.parallel helps',
  },
  { status: (s) => s === 408 || s === 409 || s >= 500, failure: 'Unavailable', mend: 'see whether the server is well' },
  {
    status: () => true,
    failure: 'RequestRefused',
    mend: "read the server's words; it has to know response_format json_schema, and hold a passage of train.maxSeqLength",
  },
];

const THROTTLED_MS = 15_000;

/** A server's own words may hold what it was sent: their beginning is enough to know the fault. */
const MOST_WORDS = 200;

function failureOf(error: unknown, doing: string): ApplicationFailure {
  const { cancellationSignal } = Context.current();
  if (error instanceof APIUserAbortError && cancellationSignal.aborted) throw cancellationSignal.reason as Error;
  if (error instanceof APIConnectionError || error instanceof APIUserAbortError) {
    const mend = 'see that the server runs and that the worker reaches data.questions.url; a run tries again by itself';
    return fail('Unavailable', `${doing}: no answer (${error.message})`, { mend });
  }
  if (!(error instanceof APIError)) return fail('Unexpected', `${doing}: ${(error as Error).name}`);
  const status = (error.status as number | undefined) ?? 0;
  const { failure, mend } = REFUSALS.find((row) => row.status(status))!;
  const retryInMs = failure === 'Throttled' ? THROTTLED_MS * (0.75 + Math.random() / 2) : undefined;
  return fail(failure, `${doing}: ${error.message.slice(0, MOST_WORDS)}`, { mend, retryInMs });
}
