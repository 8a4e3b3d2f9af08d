/**
 * Where pages have it from: Temporal, or while it does not answer, what S3 has.
 * @module
 */
import { connect, readRecords, type Attune, type Reader } from '../client/index.js';
import { refusalOfTemporal } from '../client/connectionFault.js';
import { connectTemporal, grpcErrorIn } from '../client/temporal.js';
import { AttuneError } from '../spec/attuneError.js';

export interface Source {
  /** `silence`: why Temporal was not asked, so that what is told may be old. */
  read<T>(ask: (reader: Reader) => Promise<T>): Promise<{ told: T; silence?: string }>;
  /** For what only Temporal can do. @throws AttuneError NoServer */
  attune(): Promise<Attune>;
  /** Where SageMaker's requests go, if not to AWS. */
  billedByNobody(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Nobody waits longer for a page. */
const ANSWER_WITHIN_MS = 10_000;
/** So long a server that was silent is not asked again: each page would wait for it. */
const SILENT_MS = 10_000;
const UNAVAILABLE = 14; // gRPC

export function sourceOf(env: NodeJS.ProcessEnv): Source {
  let connecting: Promise<{ attune: Attune; close: () => Promise<void> }> | undefined;
  let silent: { error: AttuneError; until: number } | undefined;

  const connected = async (): Promise<Attune> => {
    if (silent && Date.now() < silent.until) throw silent.error;
    connecting ??= open(env);
    try {
      return (await connecting).attune;
    } catch (error) {
      connecting = undefined;
      throw error;
    }
  };
  /** @throws what is no silence */
  const hush = (thrown: unknown): AttuneError => {
    const error = silenceIn(thrown);
    if (!error) throw thrown;
    silent = { error, until: Date.now() + SILENT_MS };
    return error;
  };

  return {
    read: async (ask) => {
      let silence: AttuneError;
      try {
        return { told: await ask(await connected()) };
      } catch (error) {
        silence = hush(error);
      }
      const records = readRecords(env, silence);
      try {
        return { told: await ask(records), silence: silence.message };
      } finally {
        await records.close();
      }
    },
    attune: async () => {
      try {
        return await connected();
      } catch (error) {
        throw hush(error);
      }
    },
    billedByNobody: async () => (await import('../client/billed.js')).billedByNobody(env),
    close: async () => (await connecting?.catch(() => undefined))?.close(),
  };
}

async function open(env: NodeJS.ProcessEnv): Promise<{ attune: Attune; close: () => Promise<void> }> {
  const temporal = await connectTemporal(env, ANSWER_WITHIN_MS);
  const attune = await connect(env, { client: temporal.client });
  return {
    attune,
    close: async () => {
      await attune.close();
      await temporal.close();
    },
  };
}

function silenceIn(thrown: unknown): AttuneError | undefined {
  const error = refusalOfTemporal(thrown);
  if (error instanceof AttuneError) return error.type === 'NoServer' ? error : undefined;
  return Number(grpcErrorIn(thrown)?.code) === UNAVAILABLE
    ? new AttuneError('NoServer', 'the Temporal server does not answer', undefined, { cause: thrown })
    : undefined;
}
