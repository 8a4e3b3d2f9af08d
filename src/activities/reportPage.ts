/**
 * The report's page in S3, kept true: evaluate writes it before anything is decided.
 * @module
 */
import { text } from 'node:stream/consumers';
import { isNotFound } from '../aws/errors.js';
import { openObject, writeObject } from '../aws/s3.js';
import { filesOf } from '../run/files.js';
import type { Progress } from '../run/progress.js';
import { emptiedPage, filledPage } from '../run/reportPage.js';
import type { Run } from '../run/run.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';

export interface FillPage {
  run: Run;
  progress: Progress;
}

export const createReportPageActivities = (deps: Deps) => ({
  /** Which run it is, the verdict so far and what it cost go into the page. Repeated, it writes the same again. */
  async fillReportPage({ run, progress }: FillPage): Promise<void> {
    await fillPage(deps, run, progress);
  },
});

/** Does nothing for a run without a page. */
export async function fillPage(deps: Deps, run: Run, progress: Progress): Promise<void> {
  const { reportHtml } = progress.artifacts;
  if (reportHtml) await rewritten(deps, run, reportHtml, (page) => filledPage(page, progress));
}

/** What another run decided on the same evaluation is not this one's. */
export const emptyPage = (deps: Deps, run: Run): Promise<void> =>
  rewritten(deps, run, filesOf(run).reportHtml, emptiedPage);

async function rewritten(deps: Deps, run: Run, uri: string, change: (page: string) => string): Promise<void> {
  await calling(`writing the verdict into ${uri}`, deps, async () => {
    const page = await openObject(deps.s3, uri).catch((error: unknown) => {
      if (isNotFound(error)) return undefined; // swept away, or never written
      throw error;
    });
    if (page) await writeObject(deps.s3, uri, change(await text(page)), run.spec.encryption);
  });
}
