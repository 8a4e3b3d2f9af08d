/**
 * Vectors of texts, asked of an endpoint as anybody asks it.
 * @module
 */
import { InvokeEndpointCommand, type SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { z } from 'zod';

export interface Embedded {
  /** One of length 1 for each text, in order. */
  vectors: number[][];
  /** Texts of which the model read only the beginning, as far as the endpoint tells. */
  truncated: number;
}

const answerSchema = z.array(z.array(z.number()).min(1));

export interface Embedding {
  endpoint: string;
  texts: readonly string[];
  kind: 'query' | 'document';
  /** Default: the model's own size. */
  dimensions?: number;
}

/** The vectors alone. */
export const embedded = async (
  runtime: Pick<SageMakerRuntimeClient, 'send'>,
  embedding: Embedding,
): Promise<number[][]> => (await embeddedTold(runtime, embedding)).vectors;

/**
 * @throws  what the SDK throws, and Error where the endpoint answers something else than vectors
 */
export async function embeddedTold(
  runtime: Pick<SageMakerRuntimeClient, 'send'>,
  { endpoint, texts, kind, dimensions }: Embedding,
): Promise<Embedded> {
  const { Body, CustomAttributes = '' } = await runtime.send(
    new InvokeEndpointCommand({
      EndpointName: endpoint,
      ContentType: 'application/json',
      Accept: 'application/json',
      Body: JSON.stringify({ inputs: texts, kind, dimensions }),
    }),
  );
  const text = new TextDecoder().decode(Body);
  const parsed = answerSchema.safeParse(jsonOf(text));
  if (parsed.success && parsed.data.length === texts.length) {
    return { vectors: parsed.data, truncated: Number(/X-Attune-Truncated=(\d+)/.exec(CustomAttributes)?.[1] ?? 0) };
  }
  const found = parsed.success ? `${parsed.data.length} vectors for ${texts.length} texts` : text.slice(0, 200);
  throw new Error(`endpoint ${endpoint} answered something else than vectors: ${found}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
