/**
 * What a run in network isolation needs in S3 before anything is paid.
 * @module
 */
import { folderOf } from '../spec/sources.js';
import { copyOf } from '../run/base.js';
import type { BaseCopy } from '../run/run.js';
import { commitIn } from '../spec/bases.js';
import { problem, type Problem } from '../spec/problem.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { jsonIfAny } from './baseCopy.js';
import type { Deps } from './deps.js';

/** What AWS's inference image serves by itself; plain_transformer in python/attune_jobs/serving/endpoint/files.py knows the same. */
const PLAIN = /\.(Transformer|Pooling|Normalize)$/;

/** @param base  the copy of a hub's model, where it is there */
export async function isolationProblems(
  deps: Deps,
  spec: FineTuneSpec,
  base: BaseCopy | undefined,
): Promise<Problem[]> {
  const { isolation, wheelhouse } = spec.network;
  if (!isolation) return [];
  const commit = commitIn(spec.base);
  if (commit !== undefined && base === undefined) {
    const { bucket, prefix } = deps.settings;
    const there = copyOf(`s3://${bucket}/${prefix}/`, spec.base, commit);
    return [
      problem(
        'base',
        spec.base,
        `a copy of this commit at ${there}, because network.isolation keeps the hub out of reach`,
        'run it once without isolation, which makes the copy, or name an S3 prefix that holds the model',
      ),
    ];
  }
  if (!spec.deploy || spec.deploy.imageUri !== undefined || wheelhouse !== undefined) return [];
  const modules = await jsonIfAny(deps, `${base?.uri ?? folderOf(spec.base)}modules.json`);
  const other = Array.isArray(modules)
    ? modules.map((module) => String((module as { type?: unknown }).type)).find((type) => !PLAIN.test(type))
    : undefined;
  return other === undefined
    ? []
    : [
        problem(
          'network.wheelhouse',
          undefined,
          `wheels, because the base has a module of ${other}: its endpoint needs sentence-transformers, which AWS's image lacks and an isolated container cannot fetch`,
          'put its wheel into S3 and name the folder, or an image that has it in deploy.imageUri',
        ),
      ];
}
