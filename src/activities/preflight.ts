/**
 * Everything that can be refused is refused here, unpaid; what passes becomes the run that all later stages work from.
 * @module
 */
import { pricesIn } from '../aws/prices.js';
import { imageFor, type ImagePurpose } from '../aws/images.js';
import { endpointNameOf } from '../run/endpoint.js';
import { filesOf } from '../run/files.js';
import type { Run } from '../run/run.js';
import { firstObjects } from '../aws/s3.js';
import { ownerMetadata } from '../aws/tags.js';
import { budgetProblems } from '../spec/budget.js';
import { estimateOf, hostingTypesOf, type Estimate, type PriceTable } from '../spec/cost.js';
import { explained, isToChoose, withEvaluationChosen, type EvaluationChoice } from '../spec/evaluating.js';
import { fail } from '../spec/failures.js';
import { typesOf } from '../spec/instances.js';
import { parseSpec } from '../spec/parse.js';
import { problem, refusal, type Problem } from '../spec/problem.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { dataInputsOf, folderOf, guardSourcesOf, s3InputsOf } from '../spec/sources.js';
import { COMPUTE_KEYS, computeKeysOf, type ComputeKey } from '../spec/stages.js';
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
import { repeatedDecision, type LastDecided } from './lastDecided.js';
import { isolationProblems } from './isolation.js';
import { othersModel } from './ownModel.js';
import { requireQuotas } from './quotaLacks.js';
import { writeRecord } from './records.js';
import { makeTrial } from './tracking.js';

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
  const { estimate, prices } = costOf(spec, deps.settings.region);
  const unfit = await unfitGuardFiles(deps, spec);
  const base = await knownCopy(deps, spec);
  const isolated = await isolationProblems(deps, spec, base);
  refuseIfAny([...problems, ...missing, ...unfit, ...isolated, ...budgetProblems(spec, estimate)]);
  const endpoint = endpointNameOf(spec);
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
  const settled: Run = { ...owner, spec, region, roleArn, folder, code, images, base, startsFrom, ...fingerprints };
  await writeRecord(deps, settled, filesOf(settled).spec, spec, ownerMetadata(settled));
  const repeats = spec.whenUnchanged === 'skip' ? await repeatedDecision(deps, settled, incumbent) : undefined;
  if (repeats === undefined) {
    await copyGuards(deps, settled);
    await makeTrial(deps, settled);
  }
  return { run: settled, estimate: { ...estimate, stages: explained(estimate.stages, why) }, prices, repeats };
}

/** The spec, and where its evaluation runs, by the size of what it reads. What cannot be listed now is told later. */
async function withEvaluation(deps: Deps, raw: unknown, task: Task): Promise<EvaluationChoice> {
  const spec = parsed(raw);
  if (!isToChoose(raw, spec)) return { spec };
  const files: { name: string; bytes: number }[] = [];
  for (const source of [...dataInputsOf(spec), ...guardSourcesOf(spec)]) {
    const objects = await listSource(deps, source, task);
    if (objects === undefined) return { spec };
    files.push(...objects.map(({ key, bytes }) => ({ name: key, bytes })));
  }
  return withEvaluationChosen(raw, spec, files);
}

function parsed(raw: unknown): FineTuneSpec {
  const result = parseSpec(raw, { sources: 's3' });
  if (result.ok) return result.spec;
  throw refused(result.problems);
}

function refuseIfAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw refused(problems);
}

const refused = (problems: readonly Problem[]) => fail('SpecRefused', refusal(problems), { details: [problems] });

function imagesFor(spec: FineTuneSpec, region: string): { images: Run['images']; problems: Problem[] } {
  const problems: Problem[] = [];
  const choose = (
    field: string,
    purpose: ImagePurpose,
    wanted: { instanceType: string | string[]; imageUri?: string },
  ): string => {
    if (wanted.imageUri) return wanted.imageUri;
    const [instanceType = ''] = typesOf(wanted.instanceType);
    const choice = imageFor(purpose, instanceType, region);
    if (choice.ok) return choice.uri;
    const rule = `an instance type whose image AWS publishes in ${region}`;
    const mend = `${choice.why}; name one in ${field}.imageUri, or work in one of: ${choice.regions.join(', ')}`;
    problems.push(problem(`${field}.instanceType`, instanceType, rule, mend));
    return '';
  };
  const taken = computeKeysOf(spec);
  const ofJobs = COMPUTE_KEYS.map((key) => {
    return [key, taken.includes(key) ? choose(`compute.${key}`, 'job', spec.compute[key]) : ''] as const;
  });
  const images = {
    ...(Object.fromEntries(ofJobs) as Record<ComputeKey, string>),
    ...(spec.deploy ? { deploy: choose('deploy', 'inference', spec.deploy) } : {}),
  };
  return { images, problems };
}

async function missingSources(deps: Deps, spec: FineTuneSpec): Promise<Problem[]> {
  const { wheelhouse } = spec.network;
  const sources = [
    ...s3InputsOf(spec),
    ...(wheelhouse === undefined ? [] : [{ field: 'network.wheelhouse', source: folderOf(wheelhouse), file: false }]),
  ];
  const checked = await Promise.all(
    sources.map(async ({ field, source, file }) => {
      const [first, second] = await calling(`looking for ${source} (${field})`, deps, () =>
        firstObjects(deps.s3, source, 2),
      );
      if (first === undefined || (file && first !== source))
        return [problem(field, source, 'an S3 object or prefix that exists', 'upload it, or correct the URI')];
      if (!file || second === undefined) return [];
      const rule = `a file whose name no other one begins with: SageMaker would hand over ${second} too`;
      return [problem(field, source, rule, 'move it to a folder of its own')];
    }),
  );
  return checked.flat();
}

/** The estimate, and those prices that the run reckons with. */
function costOf(spec: FineTuneSpec, region: string): Pick<Settled, 'estimate' | 'prices'> {
  const known = pricesIn(region, spec.prices);
  const estimate = estimateOf(spec, known);
  const types = [...estimate.stages.flatMap(({ instanceTypes }) => instanceTypes), ...hostingTypesOf(spec)];
  const prices = Object.fromEntries(types.flatMap((type) => (known.table[type] ? [[type, known.table[type]]] : [])));
  return { estimate, prices };
}
