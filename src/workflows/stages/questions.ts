/**
 * questions: a language model writes them for passages of the documents. A job chooses the passages, activities ask.
 * @module
 */
import type { Run } from '../../activities/types.js';
import { filesOf } from '../../run/files.js';
import { expectedTokens } from '../../spec/questions.js';
import type { Questions } from '../../spec/questionsSchema.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import type { RunState } from '../runState.js';
import { enter, type At } from './at.js';
import { askedInBatch } from './batch.js';
import { kept, takenOver } from './reuse.js';

export async function questions(at: At, run: Run, asked: Questions): Promise<void> {
  enter(at, 'questions');
  const found = await takenOver(at, run, 'questions');
  if (!found?.taken) {
    await at.attempts.run(run, { stage: 'questions' });
    await write(at, run, asked);
    await kept(at, run, 'questions', found);
  }
  at.state.addArtifacts({ questions: filesOf(run).questions });
}

/** A call each twentieth: so often is progress seen, and the budget looked at; a run's history stays short however many passages there are. */
const CALLS = 20;

/** @throws BudgetReached before a call that cannot be afforded */
async function write(at: At, run: Run, asked: Questions): Promise<void> {
  const { state, redraw } = at;
  const { model } = asked;
  const { shards, passages, of, documents, ofDocuments, calledAt } = await io(
    options.read,
    'how many passages are to be asked about',
  ).countPassages({ run });
  state.firstCall(calledAt);
  state.asksModel(model, passages);
  if (passages < of) {
    state.notice(
      `questions: of ${of} passages ${passages} are asked about, from ${documents} of ${ofDocuments} documents`,
    );
  }
  redraw();
  const batched = await askedInBatch(at, run, asked, passages);
  if (batched) assertAffords(state, run, batched.left, model);
  const step = Math.max(1, Math.ceil(shards / CALLS));
  for (let next = 0; next < shards;) {
    const to = Math.min(shards, next + step);
    if (!batched) assertAffords(state, run, Math.ceil((passages * (to - next)) / shards), model);
    const done = await io(options.askModel, `${model} · shards ${next + 1} to ${to} of ${shards}`).askQuestions({
      run,
      from: next,
      to,
      ...(batched && { batch: batched.outputs }),
    });
    state.askedModel(done);
    redraw();
    next = done.next;
  }
}

function assertAffords(state: RunState, run: Run, passages: number, model: string): void {
  const usd = state.usdOfTokens(expectedTokens(run.spec, passages)) ?? 0;
  state.budget.assertLeft(usd, `${passages} passages to ${model}`);
}
