/**
 * A language model in a test: a server that speaks as OpenAI does, writes a question for each kind it is asked for, and counts.
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface Asked {
  /** The passage that stands in the request. */
  passage: string;
  authorization?: string;
  system: string;
}

/** What the server does with a request in the place of a good answer. */
export type Answer = { status: number; headers?: Record<string, string> } | { content: string } | 'never';

export class ModelServer {
  readonly asked: Asked[] = [];
  /** Answers in their place, for the next requests; then good ones. */
  readonly next: Answer[] = [];
  /** What it writes of a passage: a question for each kind. */
  writes = (passage: string, kind: string): string => `${kind} of ${passage}`;
  /** How long it thinks about each request. */
  thinksMs = 0;
  /** While it is set, each request waits for it. */
  held?: Promise<void>;
  /** Requests that wait for their answer now, and the most there were at once. */
  inFlight = 0;
  mostInFlight = 0;
  private readonly server = createServer((request, response) => {
    this.answer(request, response).catch(() => response.destroy());
  });

  static async start(): Promise<ModelServer> {
    const one = new ModelServer();
    await new Promise<void>((resolve) => one.server.listen(0, '127.0.0.1', resolve));
    return one;
  }
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }
  /**
   * What the local SageMaker starts for a language model, in the place of a real one: a program that tells where this server is.
   *
   * @param folder  the program is written there
   */
  program(folder: string): { model: string; python: string } {
    const python = join(folder, 'stand-in-model.sh');
    const { origin } = new URL(this.url);
    writeFileSync(python, `#!/bin/sh\necho '{"url": "${origin}"}'\ncat > /dev/null\n`, { mode: 0o700 });
    return { model: 'smollm2', python };
  }
  /** How often it was asked about each passage. */
  get times(): Record<string, number> {
    const times: Record<string, number> = {};
    for (const { passage } of this.asked) times[passage] = (times[passage] ?? 0) + 1;
    return times;
  }
  /** Answers wait until `release`. */
  hold(): { release: () => void } {
    let release = (): void => undefined;
    this.held = new Promise((resolve) => (release = resolve));
    return {
      release: () => {
        this.held = undefined;
        release();
      },
    };
  }
  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private written(passage: string, kind: string): { kind: string; question: string } {
    return { kind, question: this.writes(passage, kind) };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { messages } = JSON.parse(Buffer.concat(chunks).toString()) as { messages: { content: string }[] };
    const user = JSON.parse(messages.at(-1)!.content) as { passage: string; kinds?: string[]; questions?: object[] };
    const { authorization } = request.headers;
    this.asked.push({ passage: user.passage, system: messages[0]!.content, authorization });
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    response.once('close', () => (this.inFlight -= 1));
    await this.held;
    if (this.thinksMs > 0) await sleep(this.thinksMs); // as a model does
    const instead = this.next.shift();
    if (instead === 'never') return;
    if (instead && 'status' in instead) {
      response.writeHead(instead.status, { 'content-type': 'application/json', ...instead.headers });
      response.end(JSON.stringify({ error: { message: `status ${instead.status}` } }));
      return;
    }
    const { passage, kinds = [], questions } = user;
    const good = questions ? judge(questions) : { questions: kinds.map((kind) => this.written(passage, kind)) };
    const content = instead?.content ?? JSON.stringify(good);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
        usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
      }),
    );
  }
}

/** The first is answered by its passage, the others are not. */
const judge = (questions: object[]) => ({
  verdicts: questions.map((_, i) => ({ number: i + 1, answerable: i === 0 })),
});
