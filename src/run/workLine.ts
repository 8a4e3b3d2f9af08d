/**
 * The lines by which the evaluate job tells how far it is, as its systems.py prints them:
 *
 *     base: encoded 1,200 of 4,000 passages, about 12 s left
 *
 * @module
 */

export interface WorkLine {
  /** The system at work: base, candidate. */
  what: string;
  /** Passages. */
  done: number;
  of: number;
  secondsLeft: number;
}

const LINE = /^(\S.*): encoded ([\d,]+) of ([\d,]+) passages, about (\d+) s left\s*$/;

/** Undefined of any other line. */
export function readWorkLine(text: string): WorkLine | undefined {
  const [, what, done, of, left] = LINE.exec(text) ?? [];
  return what === undefined ? undefined : { what, done: count(done), of: count(of), secondsLeft: Number(left) };
}

const count = (text = ''): number => Number(text.replaceAll(',', ''));
