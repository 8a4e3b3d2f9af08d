/**
 * A language model, whoever serves it: one request, one answer of a given form, and what it took.
 * @module
 */
import type { Tokens } from '../../spec/questions.js';

export interface ModelRequest {
  system: string;
  /** Requests of the same kind with good answers, as if they had been asked before: small models need to be shown. */
  shown?: readonly { user: string; answer: object }[];
  user: string;
  /** Name of what is asked for; letters and underscores. */
  name: string;
  /** JSON Schema of the answer. */
  schema: Record<string, unknown>;
  /** Tokens of the answer at most. */
  most: number;
}

export interface ModelAnswer extends Tokens {
  /** What was meant to be of the schema; undefined where it is no JSON. */
  value?: unknown;
  /** The model, or what guards it, would not answer. */
  refused?: boolean;
}

export interface LanguageModel {
  /** @throws a failure of the table in spec/failures.ts */
  ask(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer>;
}

/** Questions are to differ: the same passage is asked about several times over. */
export const temperature = 0.7;

/**
 * @returns undefined where the text is no JSON; a fence around it, which small models add, is taken off. Of a list that was cut
 *          off, because a model did not find an end, the members that are whole
 */
export function jsonIn(text: string): unknown {
  const inner = /^\s*```(?:json)?\s*\n(.*)\n\s*```\s*$/s.exec(text)?.[1] ?? text;
  return parsed(inner) ?? parsed(`${inner.slice(0, inner.lastIndexOf('}') + 1)}]}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
