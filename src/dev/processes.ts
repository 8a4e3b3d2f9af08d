/**
 * The stack's child processes: started, watched, started again when they die, ended by pid.
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type ProcessIdentity } from './processIdentity.js';

export interface ServiceOptions {
  name: string;
  command: string;
  args: string[];
  env: Record<string, string | undefined>;
  /** stdout and stderr are appended here. */
  logFile: string;
  /** Whether the service answers; it is asked again until it does, also where one question is never answered. */
  answers: () => Promise<boolean>;
  /** How long the first answer may take. */
  withinMs: number;
  log: (line: string) => void;
  /** Called whenever there is a new pid. */
  onSpawn?: () => void;
  /** Called before each start, also after a crash: nobody writes where the service does. */
  tidy?: () => void;
}

/** A restart more often than this within a minute is a fault that restarting does not mend. */
const RESTARTS_PER_MINUTE = 5;

/** Part of a service's time for its first answer: of one that still starts, a question may be lost for good. */
const ASKED_AGAIN_AFTER = 1 / 10;

/** One server of the stack. Killed from outside, it is started again at once with the same arguments. */
export class Service {
  private child: ChildProcess | undefined;
  private stopping = false;
  private restarts: number[] = [];

  constructor(private readonly options: ServiceOptions) {}

  get name(): string {
    return this.options.name;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** @throws Error when it ends or does not answer in time, with the log file to look into */
  async start(): Promise<void> {
    this.stopping = false;
    this.spawn();
    const { name, answers, withinMs, logFile } = this.options;
    const deadline = Date.now() + withinMs;
    let isThere = false; // also by an answer that comes after it was asked again
    const ask = async (): Promise<void> => {
      if (await answers()) isThere = true;
    };
    for (;;) {
      await Promise.race([ask(), sleep(ASKED_AGAIN_AFTER * withinMs, undefined, { ref: false })]);
      if (isThere) return;
      if (this.child?.exitCode !== null && this.child?.exitCode !== undefined)
        throw new Error(`${name} ended with exit code ${this.child.exitCode} while starting; its log: ${logFile}`);
      if (Date.now() > deadline)
        throw new Error(`${name} did not answer within ${withinMs / 1000} s; its log: ${logFile}`);
      await sleep(50);
    }
  }

  /** SIGTERM, then SIGKILL after the grace time. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    const child = this.child;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(timer);
  }

  /** SIGKILL, as a crash would end it, and nothing starts it again but `start`. For tests of what survives. */
  async kill(): Promise<void> {
    this.stopping = true;
    const child = this.child;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGKILL');
    await ended;
  }

  private spawn(): void {
    const { command, args, env, logFile, name, log, onSpawn, tidy } = this.options;
    tidy?.();
    const out = openSync(logFile, 'a', 0o600);
    // A group of its own: Ctrl-C in the terminal reaches attune alone, which then ends its services in order.
    const child = spawn(command, args, { env, stdio: ['ignore', out, out], detached: true });
    closeSync(out);
    this.child = child;
    onSpawn?.();
    child.once('error', (error) => log(`${name} could not be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      if (this.stopping || this.child !== child) return;
      const minuteAgo = Date.now() - 60_000;
      this.restarts = [...this.restarts.filter((at) => at > minuteAgo), Date.now()];
      const how = signal ?? `exit code ${code}`;
      if (this.restarts.length > RESTARTS_PER_MINUTE) {
        log(
          `${name} ended again (${how}) and is left alone after ${RESTARTS_PER_MINUTE} restarts; its log: ${logFile}`,
        );
        return;
      }
      log(`${name} ended (${how}); starting it again`);
      this.spawn();
    });
  }
}

/** Ends processes that an `attune dev` has left behind, or that it is itself: asked first, killed where they do not heed it. */
export async function endLeftovers(processes: ProcessIdentity[], graceMs = 10_000): Promise<number> {
  const alive = processes.filter(isAlive);
  for (const { pid } of alive) process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (alive.some(isAlive)) {
    if (Date.now() > deadline) for (const { pid } of alive.filter(isAlive)) process.kill(pid, 'SIGKILL');
    await sleep(100);
  }
  return alive.length;
}
