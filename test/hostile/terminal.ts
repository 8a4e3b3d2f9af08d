/**
 * Text of others on a terminal, in JSON and in Markdown.
 * @module
 */
import fc from 'fast-check';
import { marked, type Token } from 'marked';
import { shown, styled } from '../../src/cli/styles.js';
import { asCode, forJson, forMarkdown } from '../../src/spec/foreignText.js';
import type { Area, Bad } from './area.js';

const ACTIVE = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\p{Cs}]/u;

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('\x1b[31m', '\x1b]52;c;eA==\x07', '\x9b2J', '\u202e', '\r', '\b', '\ud800', '\x1bP1q', '\x1b[6n'),
      fc.constantFrom(
        '**',
        '`',
        '```',
        '[a](https://x)',
        '![a](x)',
        '<img src=x>',
        '# ',
        '1. ',
        '- ',
        '> ',
        '\n\n',
        '\\',
      ),
      fc.constantFrom('https://evil.example', 'www.evil.example', 'a@evil.example', '&#x3c;', '| a |\n|---|\n', '~~'),
      fc.string({ unit: 'binary', maxLength: 12 }),
    ),
    { maxLength: 10 },
  )
  .map((pieces) => pieces.join(''));

const PLAIN = new Set(['paragraph', 'text', 'codespan', 'escape', 'space']);
const inside = (token: Token): Token[] => [token, ...('tokens' in token ? (token.tokens ?? []) : []).flatMap(inside)];
const markupIn = (markdown: string): string[] =>
  marked
    .lexer(markdown)
    .flatMap(inside)
    .map(({ type }) => type)
    .filter((type) => !PLAIN.has(type));

/** Each way out, and what is wrong with what came out; undefined where nothing is. */
const WAYS: Record<string, (text: string) => string | undefined> = {
  terminal: (text) => ACTIVE.exec(shown(text))?.[0],
  styled: (text) => ACTIVE.exec(shown(styled('bold', text)).slice('\x1b[1m'.length, -'\x1b[22m'.length))?.[0],
  JSON: (text) => {
    const line = forJson([text]);
    if ((JSON.parse(line) as string[])[0] !== text) return `another value: ${line}`;
    return /[\n\t]/.exec(line)?.[0] ?? ACTIVE.exec(line)?.[0];
  },
  Markdown: (text) => markupIn(`- ${forMarkdown(text)}`).filter((type) => !type.startsWith('list'))[0],
  code: (text) => markupIn(`a ${asCode(text)}`)[0],
};

export const terminal: Area = {
  name: 'terminal',
  run: async (inputs, seed) => {
    const bad: Bad[] = [];
    for (const text of fc.sample(hostile, { numRuns: inputs, seed })) {
      for (const [way, faultOf] of Object.entries(WAYS)) {
        const fault = faultOf(text);
        if (fault !== undefined)
          bad.push({ input: JSON.stringify(text), expected: `harmless as ${way}`, seen: JSON.stringify(fault) });
      }
    }
    return { tried: inputs, bad };
  },
};
