/**
 * Converse: a conversation of texts, answered in words, as JSON of a schema, or by the use of a tool.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Operation } from '../context.js';
import { AwsError, invalid } from '../errors.js';
import { requireModel } from './foundationModel.js';
import type { Answer } from './batchRecords.js';
import type { Completion, LanguageModel } from './languageModel.js';
import { schemaOf, requireStrict } from './outputSchema.js';

export interface ConverseInput {
  modelId: string;
  messages?: { role: string; content: Record<string, unknown>[] }[];
  system?: Record<string, unknown>[];
  inferenceConfig?: { maxTokens?: number; temperature?: number; topP?: number; stopSequences?: string[] };
  toolConfig?: {
    tools: { toolSpec?: ToolSpec }[];
    toolChoice?: { auto?: object; any?: object; tool?: { name: string } };
  };
  outputConfig?: { textFormat?: { structure: { jsonSchema: { schema: string } } } };
}

interface ToolSpec {
  name: string;
  description?: string;
  inputSchema: { json: object };
  strict?: boolean;
}

/** What AWS has and the local model has not: refused by name, never left out in silence. */
const MISSING = ['guardrailConfig', 'promptVariables', 'additionalModelResponseFieldPaths'];

const STOP_REASONS: Record<string, string> = { stop: 'end_turn', length: 'max_tokens' };

/** What Converse takes, and a record of a batch does not. */
const NOT_IN_A_BATCH = 'toolConfig';

/**
 * @param shape  checks a record's input as a request to Converse is checked
 * @returns what answers a batch's records
 */
export const converseRecord =
  (model: LanguageModel, shape: (input: object) => object): Answer =>
  (modelId, given) => {
    if (NOT_IN_A_BATCH in given) throw invalid(`${NOT_IN_A_BATCH}: tool use is not supported in a batch.`);
    return converse(model, shape({ ...given, modelId }) as ConverseInput);
  };

export const converseOperation =
  (model: LanguageModel): Operation =>
  (input: ConverseInput) =>
    converse(model, input);

/**
 * @param input  checked against the service model
 * @throws AwsError  ValidationException for what the model cannot be asked; ModelErrorException (424) when it fails
 */
export async function converse(model: LanguageModel, input: ConverseInput): Promise<object> {
  requireModel(input.modelId);
  const missing = MISSING.find((member) => member in input);
  if (missing) throw invalid(`${missing}: the local Bedrock has none.`);
  const tools = toolsAsked(input);
  const startedAt = Date.now();
  const asked = { ...samplingOf(input), messages: messagesOf(input), ...formOf(input, tools) };
  const { choices, usage } = await complete(model, asked);
  const [choice] = choices;
  const text = choice?.message.content ?? '';
  const stopReason = STOP_REASONS[choice?.finish_reason ?? ''] ?? 'end_turn';
  return {
    output: { message: { role: 'assistant', content: [tools ? toolUse(tools, text, stopReason) : { text }] } },
    stopReason: tools && stopReason === 'end_turn' ? 'tool_use' : stopReason,
    usage: {
      inputTokens: usage.prompt_tokens,
      outputTokens: usage.completion_tokens,
      totalTokens: usage.total_tokens,
    },
    metrics: { latencyMs: Date.now() - startedAt },
  };
}

async function complete(model: LanguageModel, body: object): Promise<Completion> {
  const { statusCode, body: reply } = await model.pass('/v1/chat/completions', body);
  if (statusCode === 200) return (await reply.json()) as Completion;
  const { error } = (await reply.json()) as { error?: { type?: string; message?: string } };
  if (error?.type === 'exceed_context_size_error') throw invalid('Input is too long for requested model.');
  if (statusCode === 400) throw invalid(`The model could not be asked: ${error?.message}`);
  throw new AwsError('ModelErrorException', `The model failed: ${error?.message}`, 424, {
    originalStatusCode: statusCode,
  });
}

function messagesOf({ messages = [], system = [] }: ConverseInput): { role: string; content: string }[] {
  if (messages[0]?.role !== 'user') throw invalid('A conversation must start with a user message. Try again.');
  return [
    ...system.map((block) => ({ role: 'system', content: textOf(block, 'system') })),
    ...messages.map(({ role, content }, index) => ({
      role,
      content: content.map((block) => textOf(block, `messages.${index}.content`)).join('\n'),
    })),
  ];
}

function textOf(block: Record<string, unknown>, where: string): string {
  if (typeof block['text'] === 'string') return block['text'];
  throw invalid(`${where}: the local model reads text, not ${Object.keys(block).join(', ')}.`);
}

const samplingOf = ({ inferenceConfig = {} }: ConverseInput): object => ({
  max_tokens: inferenceConfig.maxTokens,
  temperature: inferenceConfig.temperature,
  top_p: inferenceConfig.topP,
  stop: inferenceConfig.stopSequences,
});

/** @returns the tools of which the model must use one. With `auto` it decides by itself, and this one answers in words. */
function toolsAsked({ toolConfig }: ConverseInput): ToolSpec[] | undefined {
  const tools = (toolConfig?.tools ?? []).flatMap(({ toolSpec }) => toolSpec ?? []);
  for (const { name, strict, inputSchema } of tools) if (strict) requireStrict(inputSchema.json, `tool ${name}`);
  const { any, tool } = toolConfig?.toolChoice ?? {};
  if (any) return tools;
  if (!tool) return undefined;
  const chosen = tools.filter(({ name }) => name === tool.name);
  if (chosen.length === 0) throw invalid(`toolChoice.tool.name: there is no tool ${tool.name} in toolConfig.tools.`);
  return chosen;
}

/** How the answer is held to a form: llama.cpp makes a grammar of a JSON schema. */
function formOf({ outputConfig }: ConverseInput, tools: ToolSpec[] | undefined): object {
  const text = outputConfig?.textFormat?.structure.jsonSchema.schema;
  const schema = text === undefined ? undefined : requireStrict(schemaOf(text), 'outputConfig.textFormat');
  const [only, ...others] = tools ?? [];
  if (only) return jsonOf(others.length === 0 ? only.inputSchema.json : { anyOf: tools?.map(callSchema) });
  return schema ? jsonOf(schema) : {};
}

const jsonOf = (schema: object): object => ({
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
});

const callSchema = ({ name, inputSchema }: ToolSpec): object => ({
  type: 'object',
  properties: { name: { const: name }, input: inputSchema.json },
  required: ['name', 'input'],
  additionalProperties: false,
});

/** A call that was cut off is no call: what there is of it comes as text. */
function toolUse([only, ...others]: ToolSpec[], text: string, stopReason: string): object {
  const toolUseId = `tooluse_${randomUUID().replaceAll('-', '').slice(0, 22)}`;
  try {
    const answer = JSON.parse(text) as { name: string; input: object };
    const { name, input } = only && others.length === 0 ? { name: only.name, input: answer } : answer;
    return { toolUse: { toolUseId, name, input } };
  } catch {
    if (stopReason === 'max_tokens') return { text };
    throw new AwsError('ModelErrorException', 'The model produced an invalid sequence as part of ToolUse.', 424);
  }
}
