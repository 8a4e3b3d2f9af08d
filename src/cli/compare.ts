/**
 * `attune compare`: two runs side by side.
 * @module
 */
import type { ComparedRun, FieldDifference, Reader, RunComparison } from '../client/index.js';
import { SYSTEMS } from '../run/evaluation.js';
import { originNames } from '../run/origins.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { reading } from './reading.js';
import { percent, signed } from '../run/numbers.js';
import { cut, duration, score, shortHash, table, usd } from './text.js';

export const compare = (io: Io, idA: string, idB: string, flags: JsonFlag): Promise<number> =>
  reading(io, (reader) => comparedBy(reader, io, [idA, idB], flags));

async function comparedBy(reader: Reader, io: Io, ids: [string, string], { json }: JsonFlag): Promise<number> {
  const comparison = await reader.compare(...ids);
  if (json) {
    io.json(comparison);
  } else {
    for (const line of compared(comparison)) io.out(line);
  }
  io.next(`attune report ${comparison.b.workflowId}`);
  return EXIT.done;
}

/** The widest cell of a column, so that a row fits a terminal of 100 columns. */
const MOST = { name: 30, value: 33 };

/** First whether the two can be compared at all, then the models that were trained, then what they were compared with. */
export function compared({ a, b, questions, paired, metrics, lineage, spec }: RunComparison): string[] {
  const fitting = (rows: string[][]): string =>
    table(
      rows.map(([name = '', ...values]) => [cut(name, MOST.name), ...values.map((value) => cut(value, MOST.value))]),
    );
  const rows = (differences: FieldDifference[]): string[][] =>
    differences.map(({ field, a: before, b: after }) => [field, valueOf(before), valueOf(after)]);
  const comparable = questions !== 'other';
  const systems = [...SYSTEMS].reverse();
  const scores = [...metrics]
    .sort((one, other) => systems.indexOf(one.system) - systems.indexOf(other.system))
    .map(({ system, metric, a: before, b: after, difference }) => [
      `${system} ${metric}`,
      score(before),
      score(after),
      ...(comparable ? [difference === undefined ? '–' : signed(difference)] : []),
    ]);
  const heads = ['mean [interval]', 'A', 'B', ...(comparable ? ['B − A'] : [])];
  return [
    `A  ${a.workflowId}`,
    `B  ${b.workflowId}`,
    '',
    sameOrNot(questions, b),
    ...(paired ? [pairedLine(paired)] : []),
    '',
    fitting([
      ['', 'A', 'B'],
      ['status', a.status, b.status],
      ['gate', a.decision ?? '–', b.decision ?? '–'],
      ['questions', questionsOf(a), questionsOf(b)],
      ['cost', usd(a.costUsd), usd(b.costUsd)],
      ['jobs', duration(a.jobSeconds), duration(b.jobSeconds)],
    ]),
    ...(scores.length > 0 ? [`\n${fitting([heads, ...scores])}`] : []),
    ...(lineage.length > 0 ? [`\n${fitting([['lineage', 'A', 'B'], ...rows(lineage)])}`] : []),
    spec.length === 0 ? '\nthe same spec' : `\n${fitting([['spec', 'A', 'B'], ...rows(spec)])}`,
  ];
}

function sameOrNot(questions: RunComparison['questions'], { asked }: ComparedRun): string {
  if (questions === 'same') return `the same ${asked?.count ?? ''} test questions`.replace('  ', ' ');
  return questions === 'other'
    ? 'other test questions: their scores are not comparable, and no difference is shown'
    : 'whether the test questions are the same is not known: differences may come from them';
}

function pairedLine(paired: NonNullable<RunComparison['paired']>): string {
  const { metric, difference, low, high, confidence, wins, ties, losses } = paired;
  const verdict = low > 0 ? 'B is better' : high < 0 ? 'A is better' : 'no difference is proven';
  return (
    `tuned B − tuned A  ${metric} ${signed(difference)} [${signed(low)} to ${signed(high)}, ${percent(confidence)}]: ` +
    `${verdict}\n${' '.repeat(19)}${wins} won, ${ties} tied, ${losses} lost by B`
  );
}

const questionsOf = ({ asked }: ComparedRun): string => (asked ? `${asked.count}, ${originNames(asked.origins)}` : '–');

/** Digests by their beginning, models by their config, what lies in S3 by its name; other values as JSON. */
function valueOf(value: unknown): string {
  if (value === null) return '–';
  if (typeof value === 'string') return shortHash(value.replace(/^s3:\/\/.*\/([^/]+)\/?$/, '…/$1'));
  const { configName } = Object(value) as { configName?: string };
  return configName ?? JSON.stringify(value);
}
