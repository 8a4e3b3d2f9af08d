/**
 * How many questions an evaluation would ask: whether it can decide anything is known before the training is paid for.
 * @module
 */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { openObject, readJson } from '../aws/s3.js';
import { dataReportSchema, type Counted } from '../run/dataReport.js';
import { filesOf } from '../run/files.js';
import type { Run } from '../run/run.js';
import { alive } from './alive.js';
import { calling, now } from './call.js';
import type { Deps } from './deps.js';

export const createCountingActivities = (deps: Deps) => ({
  /** A report of another form tells nothing. */
  countQuestions: ({ run }: { run: Run }): Promise<Counted & { calledAt: string }> =>
    alive(async () => {
      const calledAt = now();
      const uri = filesOf(run).dataReport;
      const report = await calling(`reading ${uri}`, deps, () => readJson(deps.s3, uri));
      const { train, dev, test } = dataReportSchema.safeParse(report).data?.counts ?? {};
      const parts = [train?.questions, dev?.questions, test?.questions];
      const of = parts.every((part) => part !== undefined) ? parts.reduce((sum, part) => sum + part, 0) : undefined;
      return {
        questions: test?.questions,
        groups: test?.groups,
        origins: test?.origins,
        of,
        guards: await guardQuestions(deps, run),
        calledAt,
      };
    }),
});

/** Of those that must prove something. */
async function guardQuestions(deps: Deps, { spec }: Run): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name, qrels, inconclusive } of spec.gate.guards) {
    if (inconclusive === 'refuse')
      counts[name] = await calling(`counting the questions of ${qrels}`, deps, () => judgedIn(deps, qrels));
  }
  return counts;
}

/** Distinct questions with a relevant passage. */
async function judgedIn({ s3 }: Deps, uri: string): Promise<number> {
  const body = await openObject(s3, uri);
  const text: Readable = /\.gz$/i.test(uri) ? body.pipe(createGunzip()) : body;
  const judged = new Set<string>();
  for await (const line of createInterface({ input: text, crlfDelay: Infinity })) {
    const [question = '', , score] = line.split('\t');
    if (Number(score) > 0) judged.add(question);
  }
  return judged.size;
}
