/**
 * A recording that nobody has time for, made short: what took minutes passes in seconds, and looks of a moment are left out.
 * @module
 */
import type { Piece, Take } from './typing.js';

export interface Pace {
  /** The longest that one line may take in the picture, in seconds. What takes longer passes faster, evenly. */
  longest: number;
  /** How long the end of a line's output is looked at, in seconds. */
  rest: number;
  /** Pieces closer than this become one, in seconds: a view that is drawn anew eight times a second is a hundred pictures. */
  apart: number;
}

/** @returns  the pieces of all takes in turn, from 0 */
export function paced(takes: Take[], { longest, rest, apart }: Pace): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const take of takes) {
    const first = take[0]?.at ?? 0;
    const seconds = (take.at(-1)?.at ?? 0) - first;
    const speed = Math.max(1, seconds / longest);
    for (const { at, text } of take) pieces.push({ at: from + (at - first) / speed, text });
    from += seconds / speed + rest;
  }
  return joined(pieces, apart);
}

function joined(pieces: Piece[], apart: number): Piece[] {
  const out: Piece[] = [];
  for (const { at, text } of pieces) {
    const last = out.at(-1);
    if (last && at - last.at < apart) last.text += text;
    else out.push({ at, text });
  }
  return out;
}
