/**
 * `attune query`: one question, the nearest passages under base and tuned model side by side.
 * @module
 */
import type { Hit, Reader, Side } from '../client/index.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { reading } from './reading.js';
import { oneLine } from './text.js';

export interface QueryFlags extends JsonFlag {
  k: number;
}

export const query = (io: Io, run: string, text: string, flags: QueryFlags): Promise<number> =>
  reading(io, (reader) => askedOf(reader, io, run, text, flags));

async function askedOf(reader: Reader, io: Io, run: string, text: string, { k, json }: QueryFlags): Promise<number> {
  io.say('asking the endpoint and the base model');
  const answer = await reader.query(run, text, k);
  if (json) io.json(answer);
  else io.out(sideBySide(answer.base, answer.tuned, io));
  io.next(`attune report ${answer.workflowId}`);
  return 'hits' in answer.base || 'hits' in answer.tuned ? EXIT.done : EXIT.failed;
}

const GAP = '   ';

/** Two columns; a side without an answer says why, above. */
function sideBySide(base: Side, tuned: Side, io: Io): string {
  const why = [...('why' in base ? [`base: ${base.why}`] : []), ...('why' in tuned ? [`tuned: ${tuned.why}`] : [])];
  const sides = [
    ...('hits' in base ? [{ name: 'base', hits: base.hits }] : []),
    ...('hits' in tuned ? [{ name: 'tuned', hits: tuned.hits }] : []),
  ];
  if (sides.length === 0) return why.join('\n');
  const width = Math.floor((Math.min(io.width(), 160) - GAP.length * (sides.length - 1)) / sides.length);
  const columns = sides.map(({ name, hits }) => [
    io.style('bold', name.padEnd(width)),
    ...hits.flatMap((hit) => cells(hit, width)),
  ]);
  const height = Math.max(...columns.map((column) => column.length));
  const rows = Array.from({ length: height }, (_, row) =>
    columns
      .map((column) => column[row] ?? ' '.repeat(width))
      .join(GAP)
      .trimEnd(),
  );
  return [...why, ...rows].join('\n');
}

function cells({ rank, score, id, title, text }: Hit, width: number): string[] {
  return [`${rank}. ${score.toFixed(3)}  ${title || id}`, `   ${text}`].map((line) =>
    oneLineKeepingIndent(line, width).padEnd(width),
  );
}

const oneLineKeepingIndent = (line: string, width: number): string => {
  const indent = /^ */.exec(line)![0];
  return indent + oneLine(line, width - indent.length);
};
