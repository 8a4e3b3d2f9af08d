/**
 * What is known of running instances in memory only: their addresses, requests in flight, whose turn it is.
 * @module
 */
import { Agent } from 'undici';
import type { Context } from '../context.js';
import { addressOf, bringUp, type Address, type Instance } from './instanceProcess.js';
import type { Fleet, Variant } from './records.js';

/** Connections kept to one instance; it answers one request at a time, so more would only wait. */
const CONNECTIONS = 32;

export class Traffic {
  /** Time limits are the caller's: a container may take as long as the invocation may. */
  readonly agent = new Agent({ connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 });
  private readonly addresses = new Map<string, Address>();
  private readonly starting = new Map<string, Promise<Address>>();
  private readonly inFlight = new Map<string, number>();
  private readonly idle = new Map<string, (() => void)[]>();
  private readonly turns = new WeakMap<Variant, number>();
  private readonly shifting = new WeakMap<Fleet, number>();

  /** How an instance comes up; the instant mode has its own way. */
  bringUp = bringUp;
  /** Whether a CloudWatch alarm goes off; a test may say so. */
  inAlarm: (alarm: string) => boolean = () => false;

  /** Where a serving instance listens. One that died (with the machine, say) is started again first. */
  async address(context: Context, instance: Instance): Promise<Address> {
    const known = this.addresses.get(instance.id) ?? addressOf(instance.folder);
    if (known) {
      this.addresses.set(instance.id, known);
      return known;
    }
    return this.up(context, instance);
  }

  /** Brings an instance up; callers at the same time share one attempt. */
  up(context: Context, instance: Instance): Promise<Address> {
    const running = this.starting.get(instance.id);
    if (running) return running;
    const attempt = this.bringUp(context, instance)
      .then((address) => {
        this.addresses.set(instance.id, address);
        return address;
      })
      .finally(() => this.starting.delete(instance.id));
    this.starting.set(instance.id, attempt);
    return attempt;
  }

  /** After a connection was refused: the process is looked for anew. */
  forget(id: string): void {
    this.addresses.delete(id);
  }

  /** Counts a request to the instance; call what comes back when it is answered. */
  begin(id: string): () => void {
    this.inFlight.set(id, (this.inFlight.get(id) ?? 0) + 1);
    return () => {
      const rest = (this.inFlight.get(id) ?? 1) - 1;
      if (rest > 0) {
        this.inFlight.set(id, rest);
        return;
      }
      this.inFlight.delete(id);
      for (const resolve of this.idle.get(id) ?? []) resolve();
      this.idle.delete(id);
    };
  }

  /** Resolves once no request to the instance is in flight and nobody is starting it. */
  async drained(id: string): Promise<void> {
    await this.starting.get(id)?.catch(() => undefined);
    if (this.inFlight.has(id)) {
      await new Promise<void>((resolve) => this.idle.set(id, [...(this.idle.get(id) ?? []), resolve]));
    }
    this.forget(id);
  }

  /** Whether the next request is one of the share that goes to a new fleet. */
  goesTo(fleet: Fleet, share: number): boolean {
    const before = this.shifting.get(fleet) ?? 0;
    this.shifting.set(fleet, before + share);
    return Math.floor(before + share) > Math.floor(before);
  }

  /** The variant that is furthest below its share by weight. */
  nextVariant({ variants }: Fleet): Variant | undefined {
    const due = (variant: Variant) => ((this.turns.get(variant) ?? 0) + 1) / variant.weight;
    return variants.filter(({ weight }) => weight > 0).sort((a, b) => due(a) - due(b))[0];
  }

  /** The variant's instances in turn. */
  nextInstance(variant: Variant): string | undefined {
    const turn = this.turns.get(variant) ?? 0;
    this.turns.set(variant, turn + 1);
    return variant.instances[turn % variant.instances.length];
  }
}

const traffic = new WeakMap<Context, Traffic>();

/** One a context: two emulators in one process do not share it. */
export function trafficOf(context: Context): Traffic {
  const known = traffic.get(context) ?? new Traffic();
  traffic.set(context, known);
  return known;
}
