/**
 * The connections of an AWS client. A line that dies without a word (a lost NAT entry, a failover) takes all of them: those
 * that idle would each be tried, and waited for, in its turn.
 * @module
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** As the SDK's own. */
const KEPT = { keepAlive: true, maxSockets: 50 };

interface Stacked {
  middlewareStack: {
    add(
      middleware: (next: (args: never) => Promise<unknown>) => (args: never) => Promise<unknown>,
      options: { step: 'finalizeRequest'; priority: 'low'; name: string },
    ): void;
  };
}

export class Connections {
  /** For the client's `requestHandler`. */
  readonly agents = { httpAgent: new HttpAgent(KEPT), httpsAgent: new HttpsAgent(KEPT) };

  /** Makes the client give up what idles as soon as one call is not answered in time. */
  guard<C>(client: C): C {
    (client as Stacked).middlewareStack.add(
      (next) => async (args) => {
        try {
          return await next(args);
        } catch (error) {
          if (isUnanswered(error)) this.dropIdle();
          throw error;
        }
      },
      // Inside the SDK's own retries: the second try shall not wait for a dead connection either.
      { step: 'finalizeRequest', priority: 'low', name: 'attuneConnections' },
    );
    return client;
  }

  close(): void {
    Object.values(this.agents).forEach((agent) => agent.destroy());
  }

  private dropIdle(): void {
    for (const { freeSockets } of Object.values(this.agents))
      for (const sockets of Object.values(freeSockets)) sockets?.forEach((socket) => socket.destroy());
  }
}

/** Out of time, by the client's own limit or by its caller's. */
const isUnanswered = (error: unknown): boolean => ['AbortError', 'TimeoutError'].includes((error as Error).name);
