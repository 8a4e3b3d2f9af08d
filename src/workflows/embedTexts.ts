/**
 * Batch embedding: from texts to a folder of vectors, by a model's job or through an endpoint.
 * @module
 */
import { workflowInfo } from '@temporalio/workflow';
import type { Progress } from '../run/progress.js';
import type { EmbeddingInput } from '../spec/embedding.js';
import { Cancellable } from './cancellable.js';
import { concluding } from './conclude.js';
import { setHandlers } from './handlers.js';
import { RunState } from './runState.js';
import { atTheStart } from './stages/at.js';
import { settleEmbedding } from './stages/embed.js';
import { stages } from './stages/index.js';

/**
 * @param input  with its texts in S3; checked by the first stage
 * @returns      how it ended, as a run's progress
 * @throws       a failure of the table in spec/failures.ts, or CancelledFailure when it was cancelled
 */
export async function embedTexts(input: EmbeddingInput): Promise<Progress> {
  const { workflowId } = workflowInfo();
  const state = new RunState(workflowId, workflowId);
  const at = atTheStart(state, input);
  const cancellable = new Cancellable(state);
  setHandlers(at, cancellable);

  return concluding(at, cancellable, async () => {
    const settled = await settleEmbedding(at, input); // everything that can be refused is refused here, unpaid
    await stages.embed(at, settled);
    return 'done';
  });
}
