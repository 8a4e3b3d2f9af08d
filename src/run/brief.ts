/**
 * Foreign words for a message: each said once, and cut where a word ends.
 * @module
 */

/** Of what failed; a history holds no more of it. */
const MOST = 1024;

/** At most 1,024 characters, with a mark where something was cut. */
export function brief(text: string): string {
  if (text.length <= MOST) return text;
  const head = text.slice(0, MOST - 2);
  const end = head.search(/\s\S*$/);
  return `${end > MOST / 2 ? head.slice(0, end) : head} …`;
}

/** How much of a text tells it from others. */
const TELLING = 60;

/** Both in one, unless the one quotes the other: then it alone. */
export function saidOnce(first = '', second = ''): string {
  const begin = (text: string): string => text.trim().slice(0, TELLING);
  if (second.trim() === '' || first.includes(begin(second))) return first.trim();
  return first.trim() === '' || second.includes(begin(first)) ? second.trim() : `${first.trim()}: ${second.trim()}`;
}
