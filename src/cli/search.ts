/**
 * `attune search`: a question, through the endpoint and the index that serve together.
 * @module
 */
import type { Io, JsonFlag } from './io.js';
import { oneLine } from './text.js';
import { withIndex } from './vectorIndex.js';

export interface SearchFlags extends JsonFlag {
  k: number;
}

export const search = (io: Io, run: string, question: string, { k, json }: SearchFlags): Promise<number> =>
  withIndex(io, run, async (index) => {
    const answer = await index.search(question, { k });
    if (json) return io.json(answer);
    io.say(`index ${answer.index}, version ${answer.version}, embedded by endpoint ${answer.endpoint}`);
    const lines = answer.hits.flatMap(({ rank, score, id, title, text }) => [
      io.style('bold', `${rank}. ${score.toFixed(3)}  ${oneLine(title || id, io.width() - 12)}`),
      `   ${oneLine(text, io.width() - 3)}`,
    ]);
    io.out(lines.join('\n'));
  });
