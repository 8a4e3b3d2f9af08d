/**
 * Text that attune did not write (names, questions, logs, reasons, errors), made fit to be shown: on a terminal, as JSON, in
 * Markdown. The one place that does it.
 * @module
 */

/** C0 and C1 controls, what turns the direction of writing, other ends of lines, and halves of characters. */
const CONTROLS = '\\p{Cc}\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\p{Cs}';
/** A character that has no place in a name. */
export const HOSTILE = new RegExp(`[${CONTROLS}]`, 'u');
/** Blanks, tabs and ends of lines are layout. */
const UNFIT = new RegExp(`(?![\\n\\t])[${CONTROLS}]`, 'gu');

/** `␛` for ESC, and so on; `\uFFFD` for what has no picture. Lines and tabs stay. */
export const forTerminal = (text: string): string => text.replaceAll('\r\n', '\n').replace(UNFIT, picture);

function picture(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}

/** One line of JSON that a terminal may show: what JSON leaves as it is, is escaped too. */
export const forJson = (value: unknown): string =>
  JSON.stringify(value).replace(UNFIT, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * One line of running text for Markdown, where nothing of it is markup: no emphasis, link, picture, list, heading, formula or
 * HTML. A backslash before a dollar sign opens a formula too where Markdown knows them.
 */
export const forMarkdown = (text: string): string =>
  oneLine(text)
    .split(LINKED)
    .map((part, i) => (i % 2 === 1 ? asCode(part) : part.replace(/[\\`*_[\]<~&]/g, '\\$&').replaceAll('$', '&#36;')))
    .join('')
    .replace(/^[-+>#=|]/, '\\$&')
    .replace(/^(\d+)([.)])/, '$1\\$2');

/** What Markdown of GitHub's kind makes a link of without being asked: addresses of pages and of people. */
const LINKED = /((?:https?:\/\/|ftp:\/\/|www\.|\S+@)\S+)/i;

/** The same as code: for names and values. */
export function asCode(text: string): string {
  const line = oneLine(text);
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  // Of a text that begins or ends with a backtick the blanks beside it are not shown.
  return longest > 0 ? `${fence} ${line} ${fence}` : `${fence}${line || ' '}${fence}`;
}

const oneLine = (text: string): string => forTerminal(text).replace(/\s+/g, ' ').trim();
