/**
 * The index in service is brought level with its documents: what is new or changed is embedded by the model that serves with it, what
 * is gone is taken out. Asked again meanwhile, it does it once more. A switch or another sync in between makes it begin anew.
 * @module
 */
import { isCancellation, setCurrentDetails, setHandler, TemporalFailure, workflowInfo } from '@temporalio/workflow';
import { forMarkdown } from '../spec/foreignText.js';
import * as messages from '../run/messages.js';
import type { IndexChanges, SyncedIndex } from '../run/vectorIndex.js';
import type { FineTuneSpecInput } from '../spec/schema.js';
import { ifWellFormed, isJobReport, isNotice, isSpecLike } from './messageChecks.js';
import { nameIn } from './nameIn.js';
import { RunState } from './runState.js';
import { Attempts } from './stages/attempts.js';
import { broughtLevel } from './stages/level.js';
import { io } from './waits/activities.js';
import { rootFailure } from './waits/failure.js';
import * as options from './waits/options.js';

/**
 * @param input  a spec with an index, with its files in S3
 * @returns      what has changed, over all rounds
 * @throws       a failure of the table in spec/failures.ts; what was put in until then stays, and the next sync goes on from there
 */
export async function syncIndex(input: FineTuneSpecInput): Promise<SyncedIndex> {
  const state = new RunState(workflowInfo().workflowId, nameIn(input));
  const attempts = new Attempts(state, () => undefined);
  let asked: FineTuneSpecInput | undefined = input;
  setHandler(
    messages.syncAgain,
    ifWellFormed(messages.syncAgain, isSpecLike, (spec) => void (asked = spec)),
    { description: 'Bring the index level once more: a spec as this workflow takes it' },
  );
  setHandlers(state);
  try {
    state.enter('index');
    let all: SyncedIndex | undefined;
    for (let round = 1; asked !== undefined; round += 1) {
      const spec: FineTuneSpecInput = asked;
      asked = undefined;
      try {
        const found = await oneRound(state, attempts, spec, round);
        if (found) all = all ? added(all, found) : found;
        else asked ??= spec;
      } catch (error) {
        // Whoever asks once more by a bad spec is told so, and takes nothing from who asked first.
        const failure = rootFailure(error);
        if (spec === input || failure?.type !== 'SpecRefused') throw error;
        state.notice(`a further sync was asked for by a spec that is refused: ${failure.message}`);
        if (all === undefined) asked ??= input;
      }
    }
    setCurrentDetails(`**Level**: ${inWords(all!)}`);
    return all!;
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    throw rootFailure(error) ?? error;
  }
}

/** @returns undefined where it came too late */
async function oneRound(
  state: RunState,
  attempts: Attempts,
  raw: FineTuneSpecInput,
  round: number,
): Promise<SyncedIndex | undefined> {
  const { workflowId, firstExecutionRunId: runId, namespace } = workflowInfo();
  setCurrentDetails(`**Looking** at the source of ${forMarkdown(state.progress().name)}`);
  const owner = { workflowId, run: runId.slice(-8), runId, namespace };
  const planned = await io(options.fillIndex, 'is anything new at the source?').planSync({ raw, round, ...owner });
  const { plan, settled, same } = planned;
  const { name: index, version } = plan.version;
  if (same !== undefined) return { index, version, added: 0, changed: 0, deleted: 0, unchanged: same };
  state.settle(settled);
  setCurrentDetails(`**Bringing level** version ${version} of index ${index}`);
  const changes = await broughtLevel(attempts, plan);
  return changes && { index, version, ...changes };
}

function setHandlers(state: RunState): void {
  setHandler(messages.progress, () => state.progress(), { description: 'The whole state of the sync, as JSON' });
  setHandler(
    messages.jobReport,
    ifWellFormed(messages.jobReport, isJobReport, (report) => state.reports(report)),
    { description: 'Internal: a job tells its run how it stands' },
  );
  setHandler(
    messages.waitNotice,
    ifWellFormed(messages.waitNotice, isNotice, (words) => state.noticeOnce(words)),
    { description: 'Internal: a wait tells its run what a person should know' },
  );
}

/** What is unchanged is so at the end. */
const added = (a: SyncedIndex, { added: more, changed, deleted, ...b }: SyncedIndex): SyncedIndex => ({
  ...b,
  added: a.added + more,
  changed: a.changed + changed,
  deleted: a.deleted + deleted,
});

const inWords = ({ added: more, changed, deleted, unchanged }: IndexChanges): string =>
  `${more} added, ${changed} changed, ${deleted} deleted, ${unchanged} unchanged`;
