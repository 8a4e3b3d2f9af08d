/**
 * `attune compare`: two runs side by side.
 * @module
 */
import type { Reader } from '../client/index.js';
import type { ComparedRun } from '../client/runs/compare.js';
import { originNames } from '../run/origins.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { reading } from './reading.js';
import { signed } from '../run/numbers.js';
import { duration, score, shortHash, table, usd } from './text.js';

export const compare = (io: Io, idA: string, idB: string, flags: JsonFlag): Promise<number> =>
  reading(io, (reader) => comparedBy(reader, io, [idA, idB], flags));

async function comparedBy(reader: Reader, io: Io, ids: [string, string], { json }: JsonFlag): Promise<number> {
  const comparison = await reader.compare(...ids);
  const { a, b, metrics, lineage, spec } = comparison;
  if (json) {
    io.json(comparison);
  } else {
    const head = [
      ['', 'A', 'B'],
      ['run', a.workflowId, b.workflowId],
      ['status', a.status, b.status],
      ['gate', a.decision ?? '–', b.decision ?? '–'],
      ['questions', questionsOf(a), questionsOf(b)],
      ['cost', usd(a.costUsd), usd(b.costUsd)],
      ['jobs', duration(a.jobSeconds), duration(b.jobSeconds)],
    ];
    const scores = metrics.map((m) => [
      `${m.system} ${m.metric}`,
      score(m.a),
      score(m.b),
      m.difference === undefined ? '–' : signed(m.difference),
    ]);
    const rows = (differences: typeof spec) => differences.map(({ field, a, b }) => [field, valueOf(a), valueOf(b)]);
    io.out(table(head));
    if (scores.length > 0) io.out(`\n${table([['mean [interval]', 'A', 'B', 'B − A'], ...scores])}`);
    if (lineage.length > 0) io.out(`\n${table([['lineage', 'A', 'B'], ...rows(lineage)])}`);
    io.out(spec.length === 0 ? '\nthe same spec' : `\n${table([['spec', 'A', 'B'], ...rows(spec)])}`);
  }
  io.next(`attune report ${b.workflowId}`);
  return EXIT.done;
}

const questionsOf = ({ asked }: ComparedRun): string => (asked ? `${asked.count}, ${originNames(asked.origins)}` : '–');

/** Digests by their beginning and models by their config, as in the other views; other values as JSON. */
function valueOf(value: unknown): string {
  if (value === null) return '–';
  if (typeof value === 'string') return shortHash(value);
  const { configName } = Object(value) as { configName?: string };
  return configName ?? JSON.stringify(value);
}
