import fc from 'fast-check';
import { marked, type Token } from 'marked';
import { expect, test } from 'vitest';
import { asCode, forJson, forMarkdown, forTerminal } from '../../../src/spec/foreignText.js';

/** What acts on a terminal, or turns what stands beside it. */
const ACTIVE = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\p{Cs}]/u;

/** Pieces that mean something to a terminal or in Markdown, in any order, between any characters. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          '\x1b[31m',
          '\x1b]0;x\x07',
          '\x1b]52;c;eA==\x07',
          '\x9b2J',
          '\u202e',
          '\u2066',
          '\r',
          '\b',
          '\x7f',
          '\ud800',
        ],
        ...['**', '__', '_', '~~', '`', '```', '[a](https://x)', '![a](https://x)', '<b>', '<!--', '&lt;', '# ', '1. '],
        ...[
          '- ',
          '> ',
          '| a | b |',
          '---',
          '===',
          '\n',
          '\n\n',
          '    ',
          '\\',
          'https://evil.example',
          'www.evil.example',
        ],
        ...['a@evil.example', '[x]: https://x', '[ ] ', '+ ', '\u00a0', ' '],
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

test('nothing in a text acts on a terminal, and what can be shown is shown as it was', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(forTerminal(text)).not.toMatch(ACTIVE);
      if (!ACTIVE.test(text)) expect(forTerminal(text)).toBe(text);
    }),
    { numRuns: 2000 },
  );
  expect(forTerminal('a\x1b[31mb\r\nc\x9b\u202e\ud800\td')).toBe('a␛[31mb\nc\ufffd\ufffd\ufffd\td');
});

test('JSON on a terminal does nothing, and is the same value to a program', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const line = forJson({ text });
      expect(line).not.toMatch(ACTIVE);
      expect(line).not.toContain('\n');
      expect(JSON.parse(line)).toEqual({ text });
    }),
    { numRuns: 2000 },
  );
});

const PLAIN = new Set(['paragraph', 'text', 'codespan', 'escape', 'space']);
const inside = (token: Token): Token[] => [token, ...('tokens' in token ? (token.tokens ?? []) : []).flatMap(inside)];
const oneLine = (text: string): string => forTerminal(text).replace(/\s+/g, ' ').trim();

/** What a reader sees, and the kinds of markup in it. */
function seen(markdown: string): { text: string; kinds: string[] } {
  const tokens = marked.lexer(markdown).flatMap(inside);
  const leaves = tokens.filter((token) => !('tokens' in token && token.tokens));
  const text = leaves.map((leaf) => ('text' in leaf ? String(leaf.text) : '')).join('');
  return { text, kinds: tokens.map(({ type }) => type).filter((type) => !PLAIN.has(type)) };
}

const unescaped = (html: string): string =>
  html.replace(
    /&(lt|gt|quot|amp|#39|#36);/g,
    (_, name: string) => ({ lt: '<', gt: '>', quot: '"', amp: '&', '#39': "'", '#36': '$' })[name]!,
  );

test('nothing in a text is markup in Markdown, and a reader sees the text', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const { text: read, kinds } = seen(`a ${forMarkdown(text)}`);
      expect(kinds, forMarkdown(text)).toEqual([]);
      expect(oneLine(unescaped(read))).toBe(oneLine(`a ${text}`));
      expect(seen(`${forMarkdown(text)} a`).kinds, forMarkdown(text)).toEqual([]);
      expect(forMarkdown(text)).not.toMatch(ACTIVE);
      // Two of them are a formula where Markdown knows formulas.
      expect(forMarkdown(text).replaceAll(/`.*`/g, '')).not.toContain('$');
    }),
    { numRuns: 2000 },
  );
});

test('a name stands as code, whatever is in it', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const { kinds } = seen(`a ${asCode(text)} b`);
      expect(kinds, asCode(text)).toEqual([]);
      expect(
        marked
          .lexer(`a ${asCode(text)} b`)
          .flatMap(inside)
          .filter(({ type }) => type === 'codespan'),
      ).toHaveLength(1);
    }),
    { numRuns: 2000 },
  );
});
