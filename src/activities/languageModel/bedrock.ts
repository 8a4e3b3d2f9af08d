/**
 * A model of Amazon Bedrock, asked by Converse. The answer is the input of a tool that the model has to use: that is how every
 * model there is held to a form. In a batch no tool can be asked for, and not every model has another way: there the form is told.
 * Source: Bedrock's user guide, "Process multiple prompts with batch inference".
 * @module
 */
import {
  ConverseCommand,
  type ConverseCommandInput,
  type ConverseCommandOutput,
  type Message,
  type Tool,
} from '@aws-sdk/client-bedrock-runtime';
import { calling } from '../call.js';
import type { Deps } from '../deps.js';
import { jsonIn, temperature, type LanguageModel, type ModelAnswer, type ModelRequest } from './model.js';

export const bedrockModel = (deps: Deps, id: string): LanguageModel => ({
  ask: async (request) => {
    const answer = await calling(`asking ${id} of Amazon Bedrock`, deps, () =>
      deps.bedrock.send(new ConverseCommand(converseInput(id, request))),
    );
    return answerIn(answer);
  },
});

const converseInput = (modelId: string, request: ModelRequest): ConverseCommandInput => ({
  modelId,
  ...conversation(request),
  toolConfig: {
    tools: [
      {
        toolSpec: { name: request.name, description: 'Takes the answer.', inputSchema: { json: request.schema } },
      } as Tool,
    ],
    toolChoice: { tool: { name: request.name } },
  },
});

/** A record's input, in a batch of the invocation type Converse. */
export const batchInput = (request: ModelRequest): Omit<ConverseCommandInput, 'modelId'> => {
  const form = `Answer with one JSON object of this JSON Schema and nothing else: ${JSON.stringify(request.schema)}`;
  return conversation({ ...request, system: `${request.system}\n${form}` });
};

const conversation = ({ system, shown = [], user, most }: ModelRequest) => ({
  system: [{ text: system }],
  messages: [
    ...shown.flatMap((one) => [said('user', one.user), said('assistant', JSON.stringify(one.answer))]),
    said('user', user),
  ],
  inferenceConfig: { maxTokens: most, temperature },
});

const said = (role: 'user' | 'assistant', text: string): Message => ({ role, content: [{ text }] });

/** A model that answered in words may still have written the JSON. */
export function answerIn({ output, stopReason, usage }: Partial<ConverseCommandOutput>): ModelAnswer {
  const { inputTokens = 0, outputTokens = 0 } = usage ?? {};
  const blocks = output?.message?.content ?? [];
  const used = blocks.find(({ toolUse }) => toolUse !== undefined)?.toolUse?.input;
  const value = used ?? jsonIn(blocks.map(({ text = '' }) => text).join(''));
  const refused = stopReason === 'guardrail_intervened' || stopReason === 'content_filtered';
  return { value, refused, inputTokens, outputTokens };
}
