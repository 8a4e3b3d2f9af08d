/**
 * All that can be said of a spec before it is submitted: its faults, and what it is likely to cost.
 * @module
 */
import { pricesIn } from '../../aws/prices.js';
import { budgetProblems } from '../../spec/budget.js';
import { estimateOf, type Estimate } from '../../spec/cost.js';
import { tokensIn, type SizedFile } from '../../spec/encoderWork.js';
import { explained, withEvaluationChosen } from '../../spec/evaluating.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import { qrelsProblems } from '../../spec/qrelsFiles.js';
import { claimsS3, dataSourcesOf, guardSourcesOf, passageInputsOf, type Source } from '../../spec/sources.js';
import { warningsOf } from './warnings.js';
import type { Problem } from '../../spec/problem.js';
import { settingsWithRegion, type Settings } from '../settings.js';
import { choose, type ChosenSource } from './chosen.js';
import { checkSpec, type CheckedSpec } from './specFile.js';

export type SpecCheck = {
  /** Every fault at once; none of a good spec. */
  problems: Problem[];
  /** Whose prices are meant. Without one only the spec's own prices are known, and no budget is judged here. */
  region?: string;
} & (
  | ({
      ok: true;
      estimate: Estimate;
      /** What of its local files a submit uploads. */ upload: ChosenSource[];
      /** What it is not refused for, and should be known before anything is paid. */ warnings: string[];
    } & CheckedSpec)
  | { ok: false; /** Of a spec whose one fault is its budget. */ estimate?: Estimate }
);

export interface CheckOptions {
  /** Where relative paths of a spec given as an object start. Default: the working folder. */
  cwd?: string;
  /** Models to compare as they are, in the place of what the spec would have trained. */
  bases?: readonly string[];
}

/**
 * Checks a spec as far as this machine can, without a server: what it says, its local files, its budget.
 *
 * @param specOrPath  a path to YAML or JSON, or the spec itself
 * @param env         default: the process's own
 *
 * @example
 * const { ok, problems, estimate } = await check('support-search.yaml');
 */
export const check = async (
  specOrPath: string | object,
  options: CheckOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<SpecCheck> => checkFor(await settingsWithRegion(env), specOrPath, options);

/** The same for settings that are known already. */
export async function checkFor(
  { region }: Pick<Settings, 'region'>,
  specOrPath: string | object,
  { cwd, bases }: CheckOptions,
): Promise<SpecCheck> {
  const checked = await checkSpec(specOrPath, cwd, bases);
  if (!checked.ok) return { ...checked, region };
  const chosen = await Promise.all(checked.local.map(choose));
  const upload = chosen.filter((each) => 'source' in each);
  const unfit = [...chosen.filter((each) => 'rule' in each), ...unfitQrels(checked.spec, upload)];
  if (unfit.length > 0) return { ok: false, problems: unfit, region };
  const { spec, why } = withEvaluationChosen(
    checked.input,
    checked.spec,
    filesIn([...dataSourcesOf(checked.spec), ...guardSourcesOf(checked.spec)], upload),
  );
  const indexed = spec.index && filesIn(passageInputsOf(spec), upload);
  const known = estimateOf(spec, pricesIn(region ?? '', spec.prices), {
    indexTokens: indexed && tokensIn(indexed),
  });
  const estimate = { ...known, stages: explained(known.stages, why) };
  const problems = region ? budgetProblems(spec, estimate) : [];
  return problems.length > 0
    ? { ok: false, problems, estimate, region }
    : { ...checked, upload, problems, estimate, warnings: warningsOf(spec), region };
}

/** Of those that are here: what lies in S3 the worker looks at. */
function unfitQrels(spec: FineTuneSpec, upload: readonly ChosenSource[]): Problem[] {
  const here = upload.filter(({ source }) => source.name === 'qrels');
  if (here.length === 0) return [];
  const whole = dataSourcesOf(spec).every(({ name, source }) => name !== 'qrels' || !claimsS3(source));
  const names = here.flatMap(({ files }) => files.map(({ name }) => name));
  return qrelsProblems({ field: here[0]!.source.field, names, whole }, spec.data.test !== undefined);
}

/** Undefined where some of the data lie in S3: the worker looks there. */
function filesIn(sources: readonly Source[], upload: readonly ChosenSource[]): SizedFile[] | undefined {
  const read = sources.map(({ field }) => upload.find(({ source }) => source.field === field));
  return read.every((one) => one !== undefined) ? read.flatMap(({ files }) => files) : undefined;
}
