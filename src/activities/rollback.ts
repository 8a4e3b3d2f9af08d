/**
 * From the model in service to the one before it: the run that made that one, as its folder in S3 still tells, and what it needs
 * to be deployed again.
 * @module
 */
import { holdsSomething } from '../aws/s3.js';
import { endpointNameOf } from '../run/endpoint.js';
import { filesOf, rollbackFile } from '../run/files.js';
import type { ServingModel } from '../run/lineage.js';
import type { RollBack } from '../run/rollback.js';
import type { Run } from '../run/run.js';
import { fail } from '../spec/failures.js';
import { calling, now } from './call.js';
import type { Deps } from './deps.js';
import { findIncumbent } from './incumbent.js';
import { writeRecord } from './records.js';
import { packageAt, runThatPackaged, specBeside, weightsBytesOf } from './servedRun.js';

export interface PlannedRollback {
  from: ServingModel;
  to: ServingModel;
  /** The run whose model goes into service again. */
  run: Run;
  weightsBytes: number;
}

export const createRollbackActivities = (deps: Deps) => ({
  /**
   * Nothing is changed.
   *
   * @throws NotFound, NotAvailable, NameTaken (final): nothing serves, nothing served before, or what did is gone
   */
  async planRollback({ endpoint, namespace }: { endpoint: string; namespace: string }): Promise<PlannedRollback> {
    const from = await findIncumbent(deps, endpoint, { name: '', namespace, takeOver: true });
    if (from === undefined) throw refused('NotFound', `endpoint ${endpoint} serves no model now`);
    const serving = await packageAt(deps, from.modelDataUrl);
    if (serving === undefined)
      throw refused(
        'NotAvailable',
        `${from.modelDataUrl}, in service at ${endpoint}, has no manifest that tells what served before`,
      );
    const to = serving.lineage?.incumbent;
    if (to === undefined)
      throw refused(
        'NotAvailable',
        `the model in service at endpoint ${endpoint} (${serving.workflowId}) is the first: none served before it`,
      );
    if (!(await calling(`looking for ${to.modelDataUrl}`, deps, () => holdsSomething(deps.s3, to.modelDataUrl))))
      throw refused(
        'NotAvailable',
        `the model that served before (${to.madeBy ?? to.configName}) is gone: ${to.modelDataUrl}`,
      );
    const before = await packageAt(deps, to.modelDataUrl);
    if (before?.model !== to.modelDataUrl)
      throw refused(
        'NotAvailable',
        `${to.modelDataUrl}, which served before, has no manifest: attune cannot tell how to verify it`,
      );

    const run = await runThatPackaged(deps, before, to.modelDataUrl);
    // No query is embedded by one model and searched in another model's index.
    if (run.spec.index || (await specBeside(deps, from.modelDataUrl))?.index)
      throw fail('NotAvailable', `endpoint ${endpoint} and an index are one pair: neither goes back alone`, {
        mend: `go back with both: attune index rollback ${serving.workflowId}`,
      });
    if (endpointNameOf(run.spec) !== endpoint)
      throw refused(
        'NotAvailable',
        `the model that served before is of ${before.workflowId}, whose spec names no endpoint ${endpoint}`,
      );
    if (!(await calling('looking for its probes', deps, () => holdsSomething(deps.s3, filesOf(run).probes))))
      throw refused(
        'NotAvailable',
        `${filesOf(run).probes} is gone: the model that served before could not be verified`,
      );
    return {
      from: servingOf(from),
      to: { ...to, madeBy: before.workflowId },
      run,
      weightsBytes: weightsBytesOf(before),
    };
  },

  /** Beside the model that serves again. Repeated, it writes the same once more, at a later time. */
  async recordRollback({ run, asked, from, to }: RecordRollback): Promise<{ uri: string }> {
    const uri = rollbackFile(run, from.configName);
    await writeRecord(deps, run, uri, { version: 1, ...asked, from, to, at: now() });
    return { uri };
  },
});

export interface RecordRollback extends Pick<PlannedRollback, 'run' | 'from' | 'to'> {
  asked: RollBack;
}

const servingOf = ({ configName, modelDataUrl, madeBy }: ServingModel): ServingModel => ({
  configName,
  modelDataUrl,
  madeBy,
});

const refused = (type: 'NotFound' | 'NotAvailable', message: string) =>
  fail(type, message, {
    mend: '`attune list --name NAME` shows its runs; a spec with `model:` puts any of their models into service',
  });
