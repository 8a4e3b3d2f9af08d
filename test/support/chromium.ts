/**
 * A headless Chromium of the system, spoken to through a pipe by its own DevTools protocol.
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Undefined where there is none. */
export const findChromium = (): string | undefined =>
  NAMES.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);

export interface Tab {
  /** A window so wide, of a person who prefers that scheme. */
  look(width: number, scheme: 'light' | 'dark'): Promise<void>;
  /** Resolves once the page has loaded. */
  go(url: string): Promise<void>;
  /** What an expression comes to in the page, awaited, as JSON. @throws what it throws */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until an expression is true, across loads of pages. */
  until(expression: string): Promise<void>;
  /** The whole page as PNG. */
  picture(): Promise<Buffer>;
  /** Complaints of the console since the last call: errors of scripts, refusals by a policy, loads that failed. */
  complaints(): string[];
}

export interface Chromium {
  tab: Tab;
  close(): Promise<void>;
}

interface Message {
  id?: number;
  method?: string;
  params?: Record<string, never>;
  result?: never;
  error?: { message: string };
}

export async function startChromium(program: string): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), 'attune-chromium-'));
  const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const child = spawn(
    program,
    ['--headless', '--no-sandbox', '--disable-gpu', ...quiet, '--remote-debugging-pipe', `--user-data-dir=${profile}`],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const ended = once(child, 'exit');
  const { send, onMessage } = talking(child.stdio[3] as Writable, child.stdio[4] as Readable);
  const { targetId } = await send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
  const ask = <T>(method: string, params: object = {}): Promise<T> => send<T>(method, params, sessionId);
  for (const domain of ['Page', 'Runtime', 'Log']) await ask(`${domain}.enable`);

  const complaints: string[] = [];
  let loads = 0;
  onMessage(({ method, params }) => {
    if (method === 'Page.loadEventFired') loads += 1;
    if (method === 'Log.entryAdded' || method === 'Runtime.exceptionThrown') complaints.push(JSON.stringify(params));
  });
  const evaluate = async <T>(expression: string): Promise<T> => {
    const asked = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await ask<{ result: { value: T }; exceptionDetails?: object }>(
      'Runtime.evaluate',
      asked,
    );
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  };
  const soon = () => new Promise((resolve) => setTimeout(resolve, 30)); // between two looks
  return {
    tab: {
      evaluate,
      look: async (width, scheme) => {
        const size = { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 };
        await ask('Emulation.setDeviceMetricsOverride', size);
        await ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
      },
      go: async (url) => {
        const before = loads;
        await ask('Page.navigate', { url });
        while (loads === before) await soon();
      },
      until: async (expression) => {
        // While a page is exchanged for another one there is nobody to ask.
        while (!(await evaluate<boolean>(expression).catch(() => false))) await soon();
      },
      picture: async () => {
        const asked = { format: 'png', captureBeyondViewport: true };
        return Buffer.from((await ask<{ data: string }>('Page.captureScreenshot', asked)).data, 'base64');
      },
      complaints: () => complaints.splice(0),
    },
    close: async () => {
      child.kill();
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** One message of JSON after the other, a zero byte behind each. */
function talking(to: Writable, from: Readable) {
  const waiting = new Map<number, (message: Message) => void>();
  const listeners: ((message: Message) => void)[] = [];
  let asked = 0;
  let rest = '';
  from.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop()!;
    for (const one of messages) {
      const message = JSON.parse(one) as Message;
      if (message.id === undefined) listeners.forEach((listen) => listen(message));
      else waiting.get(message.id)?.(message);
    }
  });
  const send = <T>(method: string, params: object = {}, sessionId?: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = (asked += 1);
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result as T);
      });
      to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  return { send, onMessage: (listen: (message: Message) => void) => void listeners.push(listen) };
}
