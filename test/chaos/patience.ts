/**
 * What is done by somebody who does not give up while servers and lines die.
 * @module
 */
import { DeleteEndpointCommand, ListEndpointsCommand } from '@aws-sdk/client-sagemaker';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { approve } from '../../src/run/messages.js';
import type { InstantStack } from '../support/instantStack.js';
import type { Run } from '../support/loop.js';
import { stageOf } from './strike.js';

/** SageMaker's own grace for a process that was asked to end, and some more. */
export const ENDS_WITHIN_MS = 60_000;

/** What a run put into service, when all about it has been looked at. @param endpoint  part of the names */
export async function removeEndpoints({ sageMaker }: InstantStack, endpoint: string): Promise<void> {
  const there = async (): Promise<string[]> => {
    const { Endpoints = [] } = await sageMaker.send(new ListEndpointsCommand({ NameContains: endpoint }));
    return Endpoints.map(({ EndpointName }) => EndpointName!);
  };
  for (const EndpointName of await there()) await sageMaker.send(new DeleteEndpointCommand({ EndpointName }));
  await patiently(Date.now() + ENDS_WITHIN_MS, async () => {
    const left = await there();
    if (left.length > 0) throw new Error(`endpoints are still there: ${left.join(', ')}`);
  });
}

/** A person who approves as soon as the run asks, however often the line breaks. */
export async function approved(run: Run, deadline: number): Promise<void> {
  await patiently(deadline, async () => {
    if ((await stageOf(run)) === 'done') return;
    try {
      await run.executeUpdate(approve, { args: [{ by: 'a person' }] });
    } catch (error) {
      const { type } = ((error as Error).cause ?? {}) as { type?: string };
      if (type !== 'AlreadyDecided') throw error; // not asked yet, or the line broke: tried again
    }
  });
}

/** Again and again until it goes well or time is up. */
export async function patiently<T>(deadline: number, action: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50); // between two tries
    }
  }
}

/** Processes of this machine that work on the folder. */
export function processesOf(folder: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ');
      return words.includes(folder) ? [`${pid} ${words}`] : [];
    } catch {
      return []; // ended meanwhile
    }
  });
}
