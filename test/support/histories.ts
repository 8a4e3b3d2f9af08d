/**
 * Recorded histories: what running workflows of an earlier build left, and this build must still be able to continue.
 * @module
 */
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));

export const recordedHistories = (): string[] =>
  readdirSync(HISTORIES)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.replace(/\.json$/, ''));

export const rawHistory = (name: string): string => readFileSync(`${HISTORIES}${name}.json`, 'utf8');

export const recorded = (name: string): ReturnType<typeof historyFromJSON> =>
  historyFromJSON(JSON.parse(rawHistory(name)));
