/**
 * What a spec is refused for before its run begins, which images its jobs and its endpoint take, and what they are likely to cost.
 * @module
 */
import { imageFor, type ImagePurpose } from '../aws/images.js';
import { pricesIn } from '../aws/prices.js';
import { firstObjects } from '../aws/s3.js';
import type { Run } from '../run/run.js';
import { estimateOf, hostingTypesOf, type Estimate, type Estimated, type PriceTable } from '../spec/cost.js';
import { fail } from '../spec/failures.js';
import { typesOf } from '../spec/instances.js';
import { parseSpec } from '../spec/parse.js';
import { problem, refusal, type Problem } from '../spec/problem.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { folderOf, s3InputsOf } from '../spec/sources.js';
import { COMPUTE_KEYS, computeKeysOf, type ComputeKey } from '../spec/stages.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';

/** @throws SpecRefused (final) with every problem in message and details */
export function parsed(raw: unknown): FineTuneSpec {
  const result = parseSpec(raw, { sources: 's3' });
  if (result.ok) return result.spec;
  throw refused(result.problems);
}

export function refuseIfAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw refused(problems);
}

export const refused = (problems: readonly Problem[]) =>
  fail('SpecRefused', refusal(problems), { details: [problems] });

export function imagesFor(spec: FineTuneSpec, region: string): { images: Run['images']; problems: Problem[] } {
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

export async function missingSources(deps: Deps, spec: FineTuneSpec): Promise<Problem[]> {
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
export function costOf(
  { settings: { region } }: Deps,
  spec: FineTuneSpec,
  estimated: Estimated = {},
): { estimate: Estimate; prices: PriceTable } {
  const known = pricesIn(region, spec.prices);
  const estimate = estimateOf(spec, known, estimated);
  const types = [...estimate.stages.flatMap(({ instanceTypes }) => instanceTypes), ...hostingTypesOf(spec)];
  const prices = Object.fromEntries(types.flatMap((type) => (known.table[type] ? [[type, known.table[type]]] : [])));
  return { estimate, prices };
}
