/**
 * What files that declare verbs are given by the one that makes the program.
 * @module
 */
import type { Command } from 'commander';
import type { Io } from './io.js';

export interface Declaring {
  verb: (usage: string, description: string, example: string) => Command;
  io: Io;
  /** Sets the exit code that a verb ended with. */
  done: (code: number) => void;
  /** What `<run>` may be. */
  RUN: string;
  JSON_FLAG: readonly [string, string];
  wholeNumber: (least: number) => (text: string) => number;
}
