/**
 * How long what is simulated takes.
 * @module
 */
import { createHash } from 'node:crypto';
import type { InstantSettings } from '../context.js';

/** The same name takes the same time, also after a restart; different names spread evenly. */
export function durationMs(name: string, { shortestMs, longestMs }: InstantSettings): number {
  const share = createHash('sha256').update(name).digest().readUInt32BE() / 2 ** 32;
  return shortestMs + share * (longestMs - shortestMs);
}
