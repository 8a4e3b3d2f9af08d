/**
 * A run that was reset after its end may find its own model in service. It is not compared with itself, nor trained upon
 * itself: what counts is the model that it found in service when it began. A candidate that it has trained anew since is
 * another model, which has to beat the one in service like any other.
 * @module
 */
import { unlessGone } from '../aws/errors.js';
import { holdsSomething, readJson } from '../aws/s3.js';
import { TAG, tagIn, tagsFor } from '../aws/tags.js';
import { filesOf, manifestOf } from '../run/files.js';
import type { Lineage, ServingModel } from '../run/lineage.js';
import type { Incumbent, Run } from '../run/run.js';
import { calling } from './call.js';
import { claimOf } from './claim.js';
import type { Deps } from './deps.js';
import { findIncumbent } from './incumbent.js';
import { contentOf } from './stageDigest.js';
import { servingOf } from './vectorIndex/serving.js';

type Self = Pick<Run, 'workflowId' | 'run' | 'spec' | 'folder'>;

/**
 * @param found  what serves now
 * @param was    the model in question, as the manifest of the run's model has it
 * @param candidate  model.tar.gz that is compared with it, where there is one yet
 * @returns      what serves now, unless it is the run's own model: then the one before it, if its archive is still there
 */
export async function othersModel(
  deps: Deps,
  run: Self,
  found: Incumbent | undefined,
  was: (lineage: Lineage) => ServingModel | undefined,
  candidate?: string,
): Promise<Incumbent | undefined> {
  if (found === undefined || !isOwn(run, found)) return found;
  const { manifest } = filesOf(run);
  return calling(`reading ${manifest}`, deps, async () => {
    const before = await manifestAt(deps, manifest);
    if (before && candidate !== undefined && before.source !== candidate) return found;
    const model = before?.lineage && was(before.lineage);
    if (model === undefined || !(await holdsSomething(deps.s3, model.modelDataUrl))) return undefined;
    return { serverless: found.serverless, ...model };
  });
}

export interface Rival {
  /** What the candidate is compared with. Absent: nothing. */
  incumbent?: Incumbent;
  /** Endpoint config that may give way to the candidate: what serves. Absent: nothing does. */
  replaces?: string;
  /** Version of the index that serves, where the spec has one and it names any. */
  version?: string;
}

/**
 * What a candidate has to beat. Where an earlier run has put the very same model into service, that is what it had to beat
 * then: nothing is better than itself, and all that is new may be how it is served.
 *
 * @param candidate  model.tar.gz
 * @param content    of the candidate, as the run that trained it kept it
 */
export async function rivalOf(deps: Deps, run: Run, candidate: string, content: string | undefined): Promise<Rival> {
  const { endpoint, version } = await servingOf(deps, run.spec);
  const serving = endpoint ? await findIncumbent(deps, endpoint, claimOf(run.spec, run.namespace)) : undefined;
  const incumbent = await othersModel(deps, run, serving, (lineage) => lineage.incumbent, candidate);
  if (serving === undefined || incumbent !== serving || content === undefined)
    return { incumbent, replaces: incumbent?.configName, version };
  const uri = manifestOf(serving.modelDataUrl);
  if (uri === undefined) return { incumbent, replaces: serving.configName, version };
  return calling(`reading ${uri}`, deps, async () => {
    const manifest = await manifestAt(deps, uri);
    const same = manifest?.content === content || (await contentOf(deps, serving.modelDataUrl)) === content;
    if (manifest?.model !== serving.modelDataUrl || !same) return { incumbent, replaces: serving.configName, version };
    const before = manifest.lineage?.incumbent;
    const there = before !== undefined && (await holdsSomething(deps.s3, before.modelDataUrl));
    return {
      incumbent: there ? { serverless: serving.serverless, ...before } : undefined,
      replaces: serving.configName,
      version,
    };
  });
}

/** Tags hold what a workflow id may not: both sides are compared as tags. */
function isOwn(run: Self, { madeBy, madeIn }: Incumbent): boolean {
  const own = tagsFor(run as Run, 'deploy', '');
  return madeIn !== undefined && madeIn === run.run && madeBy === tagIn(own, TAG.workflow);
}

/** What is read again of the manifest. */
export interface Manifest {
  /** S3 URIs: where endpoints load the archive from, and where its job left it. */
  model: string;
  source: string;
  sha256: string;
  /** What tells the model from another one, as the stage that left it kept it. */
  content?: string;
  lineage?: Lineage;
}

/** Undefined where the run has not packaged its model yet: then it cannot serve either. */
export const manifestAt = async ({ s3 }: Deps, uri: string): Promise<Manifest | undefined> =>
  (await unlessGone(readJson(s3, uri))) as Manifest | undefined;
