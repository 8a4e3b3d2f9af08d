/**
 * embed: texts get their vectors by a job, or cut into shards by one, through an endpoint. What is whole in the output is not made again.
 * @module
 */
import { workflowInfo } from '@temporalio/workflow';
import type { Run, SettledEmbedding } from '../../activities/types.js';
import { filesOf, folderOfModel } from '../../run/files.js';
import type { EmbeddingInput } from '../../spec/embedding.js';
import { refuseChained } from '../unchained.js';
import { io } from '../waits/activities.js';
import * as options from '../waits/options.js';
import { enter, type At } from './at.js';
import { runOf } from './preflight.js';

/** A call each twentieth: so often is progress seen; a run's history stays short however many texts there are. */
const CALLS = 20;

export async function settleEmbedding(at: At, input: EmbeddingInput): Promise<SettledEmbedding> {
  const { state } = at;
  enter(at, 'preflight');
  refuseChained();
  const { workflowId, firstExecutionRunId, namespace } = workflowInfo();
  const settled = await io(options.prepareRun, 'check the request, upload the job scripts').settleEmbedding({
    raw: input,
    workflowId,
    run: runOf(firstExecutionRunId),
    runId: firstExecutionRunId,
    namespace,
  });
  state.settle(settled);
  state.addArtifacts({ spec: filesOf(settled.run).spec });
  return settled;
}

/** @throws ContentChanged where the texts or what embeds them became other ones meanwhile */
export async function embed(at: At, { run, needsJob }: SettledEmbedding): Promise<void> {
  enter(at, 'embed');
  const { state, redraw } = at;
  state.embeds({});
  if (needsJob) await at.attempts.run(run, { stage: 'embed', candidate: await modelFor(run) });
  const { calledAt, ...counts } = await io(options.read, 'how many texts there are').countTexts({ run });
  state.firstCall(calledAt);
  const { shards, documents: of, unreadable } = counts;
  state.embeds({ shards, of, unreadable });
  redraw();
  if (run.embedding?.endpoint) await ask(at, run, shards);
  const { manifest, ...found } = await io(options.embed, 'count what is there').finishEmbedding({ run, counts });
  state.embeds(found);
  state.addArtifacts({ embedding: manifest });
  if (unreadable > 0) {
    const places = counts.unreadablePlaces.slice(0, 5).join(', ');
    state.notice(`${unreadable} rows are blank and have no vector, the first at ${places}`);
  }
  if (found.truncated > 0)
    state.notice(`${found.truncated} texts are longer than the model reads: their ends count for nothing`);
  redraw();
}

async function ask({ state, redraw }: At, run: Run, shards: number): Promise<void> {
  const step = Math.max(1, Math.ceil(shards / CALLS));
  let done = 0;
  for (let from = 0; from < shards; from += step) {
    const to = Math.min(shards, from + step);
    const summary = `embed shards ${from + 1} to ${to} of ${shards}`;
    const { documents } = await io(options.embed, summary).embedShards({ run, from, to });
    state.embeds({ documents: (done += documents) });
    redraw();
  }
}

/** Of a model that no run has packaged, the run's own copy, checked: what the job reads does not change any more. */
async function modelFor(run: Run): Promise<string | undefined> {
  const { model } = run.spec;
  if (model === undefined || folderOfModel(model)) return model;
  const { takeModel } = io(options.move, 'check and keep the model');
  return (await takeModel({ run, modelDataUrl: model })).modelDataUrl;
}
