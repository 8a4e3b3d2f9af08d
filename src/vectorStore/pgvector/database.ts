/**
 * Connections to a PostgreSQL database: one that is kept, or a pool, and a transaction around what belongs together.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { storeError, StoreError } from '../errors.js';

/** What sends statements: a connection in a transaction, or whichever is free. */
export interface Queries {
  query<Row extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

export interface Database extends Queries {
  /** All of it, or none. */
  transaction<T>(body: (queries: Queries) => Promise<T>): Promise<T>;
  /** Ends every statement of these connections, whether or not the server answers. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;
/** A server whose client has died ends what it was asked for within this time. */
const NOTICES_MS = 10_000;
/** So often is an idle way to the server used that no router on it forgets it, and a dead one is found. */
const KEEP_ALIVE_MS = 30_000;
/** Between two looks whether the server works on a statement that is not answered. */
const LOOK_MS = 5_000;
/** An answer may be on its way at the first look. */
const LOOKS = 2;
/** A connection that does not end is left to the system. */
const CLOSES_WITHIN_MS = 5_000;

/**
 * @param url     postgres://…; it is kept by the connections and told to nobody
 * @param lookMs  how often it is looked whether the server works on what is not answered
 */
export function openDatabase(url: string, connections: number, lookMs = LOOK_MS): Database {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new StoreError('NotConfigured', 'what index.url refers to is no postgres:// address', 'store one there');
  }
  const ours = `attune-${randomUUID().slice(0, 8)}`;
  const names = new WeakMap<pg.PoolClient, string>();
  const unanswered = new Set<pg.PoolClient>();
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    application_name: ours,
    options: `-c client_connection_check_interval=${NOTICES_MS}`,
  });
  pool.on('error', ignored); // of an idle connection: the next statement takes another, and tells
  let made = 0;
  pool.on('connect', (client) => {
    const name = `${ours}-${(made += 1)}`;
    names.set(client, name);
    client.query(`set application_name to '${name}'`).catch(ignored); // told by the statement behind it
  });

  const asked = async (client: pg.PoolClient, text: string, values?: unknown[]) => {
    const answered = new AbortController();
    unanswered.add(client);
    void untilLost({ url, name: names.get(client)!, lookMs, answered: answered.signal }).then((lost) => {
      if (lost) cut(client);
    });
    try {
      return await client.query(text, values);
    } finally {
      unanswered.delete(client);
      answered.abort();
    }
  };
  const withConnection = async <T>(body: (queries: Queries) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    client.on('error', ignored); // told by the statement in flight
    try {
      const result = await body({ query: (text, values) => asked(client, text, values) as never });
      client.off('error', ignored);
      client.release();
      return result;
    } catch (error) {
      client.release(true); // the server rolls back what its client has left
      throw error;
    }
  };
  return {
    query: (text, values) => withConnection((queries) => queries.query(text, values)),
    transaction: (body) =>
      withConnection(async (queries) => {
        await queries.query('begin');
        const result = await body(queries);
        await queries.query('commit');
        return result;
      }),
    interrupt: async () => {
      unanswered.forEach(cut);
      const cancels = 'select pg_cancel_backend(pid) from pg_stat_activity where starts_with(application_name, $1)';
      await askedBeside(url, CONNECT_MS, cancels, [ours]).catch(ignored); // it notices later that nobody waits
    },
    close: async () => {
      await Promise.race([pool.end(), sleep(CLOSES_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}

const ignored = (): void => undefined;

/** What is not answered on it then fails, and says that the connection was terminated. */
const cut = (client: pg.PoolClient): void => void (client as unknown as pg.Client).end();

/**
 * A statement whose answer was lost would be waited for for ever: the server has done it, or never heard of it. A server that cannot
 * be asked proves nothing.
 *
 * @returns whether it is lost, as soon as it is; false once it is answered
 */
async function untilLost({
  url,
  name,
  lookMs,
  answered,
}: {
  url: string;
  name: string;
  lookMs: number;
  answered: AbortSignal;
}): Promise<boolean> {
  const working = `select 1 from pg_stat_activity where application_name = $1 and state = 'active'`;
  for (let idle = 0; idle < LOOKS;) {
    await sleep(lookMs, undefined, { ref: false, signal: answered }).catch(ignored);
    if (answered.aborted) return false;
    const rows = await askedBeside(url, lookMs, working, [name]).catch(ignored);
    idle = rows?.length === 0 ? idle + 1 : 0;
  }
  return !answered.aborted;
}

/** By a connection of its own. */
async function askedBeside(url: string, withinMs: number, text: string, values: unknown[]): Promise<unknown[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: withinMs,
    query_timeout: withinMs,
  });
  client.on('error', ignored); // told by the question
  try {
    await client.connect();
    return (await client.query<object>(text, values)).rows;
  } finally {
    void client.end();
  }
}

/** What a database answers leaves in words. */
export async function telling<T>(doing: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw storeError(error, doing);
  }
}
