/**
 * Everything that can be refused is refused here, unpaid; what passes becomes the run that all later stages work from.
 * @module
 */
import { filesOf } from '../run/files.js';
import type { Run } from '../run/run.js';
import { ownerMetadata } from '../aws/tags.js';
import { budgetProblems } from '../spec/budget.js';
import type { Estimate, PriceTable } from '../spec/cost.js';
import { tokensIn, type SizedFile } from '../spec/encoderWork.js';
import { explained, isToChoose, withEvaluationChosen, type EvaluationChoice } from '../spec/evaluating.js';
import type { Problem } from '../spec/problem.js';
import { qrelsProblems } from '../spec/qrelsFiles.js';
import { tokenPriceOf, type TokenPrice } from '../spec/questions.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { dataInputsOf, guardSourcesOf, passageInputsOf, type Source } from '../spec/sources.js';
import { knownCopy } from './baseCopy.js';
import { alive, type Task } from './alive.js';
import { calling } from './call.js';
import { uploadCode } from './code.js';
import { claimOf } from './claim.js';
import type { Deps } from './deps.js';
import { fingerprintsOf, listSource } from './fingerprint.js';
import { endpointProblems } from './endpointProblems.js';
import { copyGuards, unfitGuardFiles } from './guards.js';
import { findIncumbent } from './incumbent.js';
import { earlierAssigned } from './lastAssigned.js';
import { repeatedDecision, type LastDecided } from './lastDecided.js';
import { isolationProblems } from './isolation.js';
import { notifyProblems } from './notify/problems.js';
import { othersModel } from './ownModel.js';
import { requireQuotas } from './quotaLacks.js';
import { writeRecord } from './records.js';
import { costOf, imagesFor, missingSources, parsed, refuseIfAny } from './settling.js';
import { makeTrial } from './tracking.js';
import { servingOf } from './vectorIndex/serving.js';
import { checkStore } from './vectorIndex/store.js';

export interface Preflight {
  /** What the workflow was started with, unchecked. */
  raw: unknown;
  workflowId: string;
  run: string;
  /** Absent, as the namespace, where a version before 0.1.0 began the run. */
  runId?: string;
  namespace?: string;
}

export interface Settled {
  run: Run;
  estimate: Estimate;
  /** Of the instance types that the spec names, where they are known. */
  prices: PriceTable;
  /** Of the language model that writes questions, where it is known. */
  tokenPrice?: TokenPrice;
  /** With `whenUnchanged: skip`: the decision that this run would only repeat. */
  repeats?: Pick<LastDecided, 'workflowId' | 'decision' | 'at'>;
}

export const createPreflightActivities = (deps: Deps) => ({
  /**
   * @throws SpecRefused (final) with every problem in message and details
   * @throws QuotaExceeded (final) when a quota is below what one job or the endpoint needs
   * @throws NameTaken (final): the endpoint exists and is not attune's, or another spec's and not to be taken over
   */
  preflight: (input: Preflight): Promise<Settled> => alive((task) => preflight(deps, input, task)),
});

async function preflight(deps: Deps, { raw, ...owner }: Preflight, task: Task): Promise<Settled> {
  const { spec, why } = await withEvaluation(deps, raw, task);
  const { images, problems } = imagesFor(spec, deps.settings.region);
  const missing = await missingSources(deps, spec);
  const indexed = spec.index && (await filesIn(deps, passageInputsOf(spec), task));
  const { estimate, prices } = costOf(deps, spec, { indexTokens: indexed && tokensIn(indexed) });
  const unfit = [...(await unfitGuardFiles(deps, spec)), ...(await unfitQrels(deps, spec, task))];
  const base = await knownCopy(deps, spec);
  const isolated = await isolationProblems(deps, spec, base);
  const untold = await notifyProblems(deps, spec);
  refuseIfAny([...problems, ...missing, ...unfit, ...isolated, ...untold, ...budgetProblems(spec, estimate)]);
  // Before anything of the data is looked at: what a sync changes from now on, the version that is made may lack.
  const indexChanges = spec.index && (await checkStore(deps, spec.index));
  const { endpoint } = await servingOf(deps, spec);
  const incumbent = endpoint ? await findIncumbent(deps, endpoint, claimOf(spec, owner.namespace)) : undefined;
  refuseIfAny(await endpointProblems(deps, spec, incumbent));
  await requireQuotas(deps, spec);

  const { bucket, prefix, region, roleArn } = deps.settings;
  const folder = `s3://${bucket}/${prefix}/${spec.name}/${owner.run}/`;
  const code = await calling('uploading the job scripts', deps, () => uploadCode(deps, spec.encryption));
  const startsFrom =
    spec.train.startFrom === 'incumbent'
      ? await othersModel(deps, { ...owner, spec, folder }, incumbent, (lineage) => lineage.startedFrom)
      : undefined;
  const fingerprints = await fingerprintsOf(deps, { spec, code, images }, task);
  const found: Run = {
    ...owner,
    spec,
    region,
    roleArn,
    folder,
    code,
    images,
    base,
    startsFrom,
    indexChanges,
    ...fingerprints,
  };
  const settled: Run = { ...found, earlier: await earlierAssigned(deps, found, task) };
  await writeRecord(deps, settled, filesOf(settled).spec, spec, ownerMetadata(settled));
  const repeats = spec.whenUnchanged === 'skip' ? await repeatedDecision(deps, settled, incumbent) : undefined;
  if (repeats === undefined) {
    await copyGuards(deps, settled);
    await makeTrial(deps, settled);
  }
  const { questions } = spec.data;
  const tokenPrice = questions && tokenPriceOf(questions, region);
  return {
    run: settled,
    estimate: { ...estimate, stages: explained(estimate.stages, why) },
    prices,
    tokenPrice,
    repeats,
  };
}

/** The spec, and where its evaluation runs, by the size of what it reads. What cannot be listed now is told later. */
async function withEvaluation(deps: Deps, raw: unknown, task: Task): Promise<EvaluationChoice> {
  const spec = parsed(raw);
  if (!isToChoose(raw, spec)) return { spec };
  return withEvaluationChosen(raw, spec, await filesIn(deps, [...dataInputsOf(spec), ...guardSourcesOf(spec)], task));
}

/** Undefined where a source has more objects than are listed. */
async function filesIn(deps: Deps, sources: readonly Source[], task: Task): Promise<SizedFile[] | undefined> {
  const files: SizedFile[] = [];
  for (const source of sources) {
    const objects = await listSource(deps, source, task);
    if (objects === undefined) return undefined;
    files.push(...objects.map(({ key, bytes }) => ({ name: key, bytes })));
  }
  return files;
}

/** By the names of the files in S3; what is too much to list, the job reads. */
async function unfitQrels(deps: Deps, spec: FineTuneSpec, task: Task): Promise<Problem[]> {
  const sources = dataInputsOf(spec).filter(({ name }) => name === 'qrels');
  const files = await filesIn(deps, sources, task);
  const [first] = sources;
  if (files === undefined || first === undefined) return [];
  const names = files.map(({ name }) => name);
  return qrelsProblems({ field: first.field, names, whole: true }, spec.data.test !== undefined);
}
