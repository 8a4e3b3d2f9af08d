import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Attune } from '../../../src/client/index.js';
import { processIo, type Io } from '../../../src/cli/io.js';
import { query } from '../../../src/cli/query.js';
import { styled, shown } from '../../../src/cli/styles.js';
import { table } from '../../../src/cli/text.js';

const EVIL = 'a\x1b]0;PWNED\x07\x1b[31m\u202eb\x9b2J';
const ACTIVE = /(?![\n\t])[\p{Cc}\u202e]/u;

let written: string;
let io: ReturnType<typeof processIo>;
beforeEach(() => {
  written = '';
  const take = (text: unknown): boolean => {
    written += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(take);
  vi.spyOn(process.stderr, 'write').mockImplementation(take);
  io = processIo({});
});
afterEach(() => vi.restoreAllMocks());

test('whatever a verb says, by whichever way, nothing in it acts on the terminal', () => {
  io.out(EVIL);
  io.say(EVIL);
  io.next(EVIL);
  io.json({ [EVIL]: EVIL });
  io.draw('', EVIL);
  io.drawTalk('', EVIL);

  expect(written).not.toMatch(ACTIVE);
  expect(written.match(/PWNED/g)).toHaveLength(7);
});

test("attune's own styling passes, and nothing that looks like it", () => {
  expect(shown(styled('bold', 'x'))).toBe('\x1b[1mx\x1b[22m');
  expect(shown(styled('bold', '\x1b[31mx'))).toBe('\x1b[1m␛[31mx\x1b[22m');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(shown(styled('red', text)).slice(5, -5)).toBe(shown(text));
    }),
  );
});

test('a passage with an id of control sequences is printed harmless by `query`', async () => {
  const hit = { rank: 1, score: 0.5, id: EVIL, title: '', text: `text ${EVIL}` };
  const attune = { query: async () => ({ workflowId: 'w', base: { hits: [hit] }, tuned: { why: EVIL } }) };
  const withAttune: Io = { ...io, attune: async () => attune as unknown as Attune };

  await query(withAttune, 'run', 'question', { k: 1 });

  expect(written).not.toMatch(ACTIVE);
  expect(written).toContain('␛]0;PWNED');
});

test('a cell cannot begin a line of its own', () => {
  expect(
    table([
      ['run', 'why'],
      ['a', 'x\nb  forged'],
    ]),
  ).toBe('run  why\na    x b  forged');
});
