/**
 * The language model: llama.cpp's server as a child process, which ends with this one and is started again when it died.
 * @module
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Agent, request, type Dispatcher } from 'undici';
import type { LanguageModelSettings } from '../context.js';
import { AwsError } from '../errors.js';
import { withEndingStrings } from './outputSchema.js';

/** How many requests are answered at a time; more of them wait. */
export const SLOTS = 2;
/** A long answer on a busy machine. */
const TIMEOUT_MS = 600_000;
const SERVER = fileURLToPath(new URL('../../python/language_model.py', import.meta.url));
const LAST_LINES = 3;
/** Characters of a string in an answer of a form, unless the form says so itself. */
const LONGEST_STRING = 200;

/** What llama.cpp's server answers a chat with, as far as it is read here. */
export interface Completion {
  choices: { message: { content: string | null }; finish_reason: string }[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

/** As far as it is changed here. */
interface Asked {
  response_format?: { json_schema?: { schema?: object } | null } | null;
}

interface Address {
  url: string;
  key: string;
}

export class LanguageModel {
  private address: Promise<Address> | undefined;
  private child: ChildProcessByStdio<Writable, Readable, null> | undefined;
  private readonly agent = new Agent({ headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });

  constructor(
    private readonly settings: LanguageModelSettings,
    private readonly stateDir: string,
  ) {}

  /** What it is called in OpenAI's protocol: `smollm2`, or the file's name without its ending. */
  get id(): string {
    return basename(this.settings.model, '.gguf');
  }

  /** @throws Error in the child's own words when it does not come up */
  async start(): Promise<void> {
    await this.running();
  }

  close(): void {
    this.child?.stdin.end();
    void this.agent.close();
  }

  /**
   * One request of OpenAI's protocol, passed on; strings of its form get an end.
   *
   * @throws AwsError ServiceUnavailableException (503) when the process is gone; the next request starts it again
   */
  async pass(path: string, body: Asked, signal?: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { url, key } = await this.running();
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    try {
      const { agent: dispatcher } = this;
      return await request(`${url}${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(ending(body)),
        dispatcher,
        signal,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new AwsError('ServiceUnavailableException', `The local language model is gone (${String(error)}).`, 503);
    }
  }

  private running(): Promise<Address> {
    return (this.address ??= this.launch().catch((error: unknown) => {
      this.address = undefined;
      throw error;
    }));
  }

  private async launch(): Promise<Address> {
    const logFile = join(this.stateDir, 'language-model.log');
    const log = openSync(logFile, 'w', 0o600);
    const { python, model } = this.settings;
    const command = [SERVER, model, '--slots', String(SLOTS)];
    const child = spawn(python, command, { stdio: ['pipe', 'pipe', log] }) as NonNullable<typeof this.child>;
    closeSync(log);
    this.child = child;
    const key = randomBytes(20).toString('hex');
    child.stdin.on('error', () => undefined); // its end says why
    child.stdin.write(`${key}\n`);
    child.once('exit', () => (this.address = undefined));
    const firstLine = new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).once('line', resolve);
      child.once('error', reject);
      child.once('exit', () => {
        const told = readFileSync(logFile, 'utf8').trim().split('\n').slice(-LAST_LINES).join('\n');
        reject(new Error(`the language model did not start: ${told}`));
      });
    });
    const { url } = JSON.parse(await firstLine) as { url: string };
    return { url, key };
  }
}

function ending(body: Asked): Asked {
  const { json_schema: form } = body.response_format ?? {};
  if (!form?.schema) return body;
  const schema = withEndingStrings(form.schema, LONGEST_STRING);
  return { ...body, response_format: { ...body.response_format, json_schema: { ...form, schema } } };
}
