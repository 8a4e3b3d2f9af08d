/**
 * The files of the guard sets, brought into the run's folder: the evaluation then has one input for all of them, and the
 * questions that the gate decided on stay with the run.
 * @module
 */
import { unlessGone } from '../aws/errors.js';
import { filesOf } from '../run/files.js';
import type { Run } from '../run/run.js';
import { COPY_LIMIT_BYTES, copyObject, sizeOf } from '../aws/s3.js';
import { problem, type Problem } from '../spec/problem.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { guardSourcesOf } from '../spec/sources.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';

/** Each file must be an object of its own, small enough for S3 to copy. */
export async function unfitGuardFiles(deps: Deps, spec: FineTuneSpec): Promise<Problem[]> {
  const found = await Promise.all(
    guardSourcesOf(spec).map(async ({ field, source }) => {
      const bytes = await calling(`looking for ${source} (${field})`, deps, () => sizeIfThere(deps, source));
      if (bytes === undefined)
        return [problem(field, source, 'an S3 object that exists', 'upload it, or correct the URI')];
      return bytes <= COPY_LIMIT_BYTES
        ? []
        : [problem(field, source, 'a file of at most 5 GiB', 'take a sample of the set')];
    }),
  );
  return found.flat();
}

export async function copyGuards(deps: Deps, run: Pick<Run, 'spec' | 'folder'>): Promise<void> {
  const { guards } = filesOf(run);
  await Promise.all(
    guardSourcesOf(run.spec).map(({ guard, part, source }) =>
      calling(`copying ${source}`, deps, () =>
        copyObject(deps.s3, source, `${guards}${guard}/${part}${endOf(source)}`, run.spec.encryption),
      ),
    ),
  );
}

const sizeIfThere = ({ s3 }: Deps, uri: string): Promise<number | undefined> => unlessGone(sizeOf(s3, uri));

/** ".jsonl.gz": how the evaluation tells what it reads. */
const endOf = (uri: string): string => /\.[a-z]+(\.gz)?$/i.exec(uri)?.[0].toLowerCase() ?? '';
