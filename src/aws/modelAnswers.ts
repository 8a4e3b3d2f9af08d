/**
 * What stands behind an endpoint that did not answer with vectors: a refusal of the request, or no model that can answer yet.
 * SageMaker calls an endpoint InService as soon as the model server listens; its workers read the model after that.
 * @module
 */
import type { ModelError } from '@aws-sdk/client-sagemaker-runtime';
import { z } from 'zod';
import { asAwsError } from './errors.js';

/** What the handler answers bad input with: python/attune_jobs/serving/endpoint/request.py. */
const ownRefusal = z.object({ error: z.object({ message: z.string() }) });
/** AWS's model server packs what a handler raises into this. Source: awslabs/multi-model-server, NettyUtils.sendError. */
const packed = z.object({ message: z.string() });

const MOST_CHARS = 500;

/**
 * The handler's own sentence where it refused the request: a 4xx in its own form. A 4xx in any other is none: SageMaker's
 * Hugging Face image answers 400 for whatever goes wrong, a model that could not be loaded yet included.
 */
export function refusalOf(error: unknown): string | undefined {
  const { OriginalStatusCode: status = 0, OriginalMessage: body = '' } = isModelError(error) ? error : {};
  if (status < 400 || status > 499) return undefined;
  const outer = jsonOf(body);
  const inner = packed.safeParse(outer);
  const found = [outer, inner.success ? jsonOf(inner.data.message) : undefined]
    .map((one) => ownRefusal.safeParse(one))
    .find(({ success }) => success)?.data;
  return found?.error.message.slice(0, MOST_CHARS);
}

/** Whether the container answered, or AWS for it, that no model can: one that loads answers so until it has loaded. */
export const isWithoutModel = (error: unknown): boolean =>
  refusalOf(error) === undefined &&
  /^(ModelError|ModelNotReadyException|ServiceUnavailable(Exception)?|InternalDependencyException)$/.test(
    asAwsError(error)?.name ?? '',
  );

/** By its name: a test's error, or one of another copy of the SDK, is of another class. */
const isModelError = (error: unknown): error is ModelError => asAwsError(error)?.name === 'ModelError';

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
