/**
 * Recorded histories: what running workflows of an earlier build left, and this build must still be able to continue.
 * @module
 */
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));

/** Of earlier workflow code, named after the patch that lets their runs go on; kept when the others are recorded anew. */
const UPGRADES = fileURLToPath(new URL('../replay/upgrades/', import.meta.url));

export const recordedHistories = (): string[] => namesIn(HISTORIES);
export const recordedUpgrades = (): string[] => namesIn(UPGRADES);

export const rawHistory = (name: string): string => readFileSync(`${HISTORIES}${name}.json`, 'utf8');

export const recorded = (name: string): History => historyFromJSON(JSON.parse(rawHistory(name)));
export const recordedUpgrade = (patch: string): History =>
  historyFromJSON(JSON.parse(readFileSync(`${UPGRADES}${patch}.json`, 'utf8')));

type History = ReturnType<typeof historyFromJSON>;

const namesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.replace(/\.json$/, ''));
