/**
 * Endpoint and index of runs whose spec asks for an index: what one run after the other switches, and all that there is of it.
 * @module
 */
import { ListEndpointsCommand } from '@aws-sdk/client-sagemaker';
import type { WorkflowHandle } from '@temporalio/client';
import pg from 'pg';
import { digestOf } from '../../src/activities/vectorIndex/serving.js';
import { retireWorkflowId } from '../../src/run/ids.js';
import { lookAgain } from '../../src/run/messages.js';
import type { Progress } from '../../src/run/progress.js';
import type { FineTuneSpecInput } from '../../src/spec/schema.js';
import { LIVE, quoted, tableOf, VERSIONS } from '../../src/vectorStore/pgvector/names.js';
import { INDEX_URL, type InstantStack } from '../support/instantStack.js';
import { patiently } from './patience.js';
import { resourcesOf } from './resources.js';

export const indexOn = (endpoint: string): NonNullable<FineTuneSpecInput['index']> => ({
  store: 'pgvector',
  url: { variable: INDEX_URL },
  table: tableFor(endpoint),
});

const tableFor = (endpoint: string): string => endpoint.replaceAll('-', '_');

/** The one in service, and the one before it, which is kept. */
const KEPT = 2;

export class Pair {
  /** Names of the runs that were to switch it, in their order. */
  private readonly runs: string[] = [];

  constructor(
    private readonly instant: InstantStack,
    readonly endpoint: string,
  ) {}

  get table(): string {
    return tableFor(this.endpoint);
  }

  get isEmpty(): boolean {
    return this.runs.length === 0;
  }

  /** What the spec of its next run says of it. */
  next(name: string): Pick<FineTuneSpecInput, 'index' | 'deploy'> {
    this.runs.push(name);
    const { endpoint } = this;
    return { index: indexOn(endpoint), deploy: { endpoint, takeOver: true, approval: 'required' } };
  }

  /** As if the time of the version that is kept were over. */
  async timePasses(): Promise<void> {
    if (this.runs.length < KEPT) return;
    await asking(this.instant, (client) =>
      client.query(`update ${VERSIONS} set retire_at = now() where name = $1 and retire_at is not null`, [this.table]),
    );
    await this.retiring().signal(lookAgain);
  }

  private retiring(): WorkflowHandle {
    const { client, stack } = this.instant;
    const { roleArn, aws } = stack.describe;
    const spec = { index: indexOn(this.endpoint) };
    return client.workflow.getHandle(retireWorkflowId(this.endpoint, digestOf({ roleArn, region: aws.region, spec })));
  }

  /** @throws Error where something is left of a version whose time is over */
  async retired(deadline: number, kept = KEPT): Promise<void> {
    await patiently(deadline, async () => {
      for (const name of this.runs.slice(0, -kept)) {
        const { models, configs } = await resourcesOf(this.instant, name);
        if (models + configs > 0) throw new Error(`${models} models and ${configs} configs of ${name} are left`);
      }
      const { versions } = await allOf(this.instant, this.table);
      if (versions.length > kept) throw new Error(`${versions.length} versions of ${this.table} are left`);
    });
  }

  /** At the end of all: what serves alone is left, and nobody waits to remove anything. */
  async over(deadline: number): Promise<void> {
    await this.timePasses();
    await this.retired(deadline, 1);
    if (this.runs.length >= KEPT) await this.retiring().result();
  }
}

/** What of the run's index does not hang on names and times. */
export async function indexOf(instant: InstantStack, { index, endpoint }: Progress): Promise<object> {
  const { name, version, documents, of, check, replaced, switchedAt, removed } = index!;
  const { versions, tables, pointer, shown, inTransaction } = await allOf(instant, name);
  const own = endpoint!.name.slice(0, -9); // without the version's digits
  const { Endpoints = [] } = await instant.sageMaker.send(new ListEndpointsCommand({ NameContains: `${own}-` }));
  return {
    said: { documents, of, check, replaces: replaced !== undefined, switched: switchedAt !== undefined, removed },
    pointsToOwn: pointer?.version === version && pointer.endpoint === endpoint!.name,
    pointsBackTo: pointer?.previous === (replaced ?? null),
    versions: versions.map(({ state, kept, passages, hashes }) => ({ state, kept, passages, hashes })),
    shown: shown.map((one) => ({ ...one, version: one.version === version ? 'own' : one.version })),
    tablesWithoutVersion: tables.filter((table) => !versions.some((one) => tableOf({ name, ...one }) === table)),
    endpointsWithoutVersion: Endpoints.map(({ EndpointName }) => EndpointName!).filter(
      (one) => !versions.some((version) => version.endpoint === one),
    ),
    versionsThatNobodyServes: versions
      .filter((one) => Endpoints.every((it) => it.EndpointName !== one.endpoint || it.EndpointStatus !== 'InService'))
      .map((one) => one.version),
    inTransaction,
  };
}

/** Of a run that was cancelled: in words. */
export async function indexLeft(instant: InstantStack, endpoint: string): Promise<string[]> {
  const { versions, tables } = await allOf(instant, tableFor(endpoint));
  return [...versions.map(({ version }) => `version ${version}`), ...tables.map((table) => `table ${table}`)];
}

interface Kept {
  version: string;
  endpoint: string;
  state: string;
  /** For a rollback. */
  kept: boolean;
  passages: number;
  /** Digests of different passages. */
  hashes: number;
}

async function allOf(instant: InstantStack, name: string) {
  return asking(instant, async (client) => {
    const rowsOf = async <Row extends object>(text: string, values: unknown[] = [name]): Promise<Row[]> =>
      (await client.query<Row>(text, values)).rows;
    const tables = (
      await rowsOf<{ table: string }>(
        `select relname as table from pg_class where relkind = 'r' and relname ~ ('^' || $1 || '_[0-9a-f]{12}$')`,
      )
    ).map(({ table }) => table);
    const versions = await rowsOf<Kept>(
      `select version, endpoint, state, retire_at is not null as kept from ${VERSIONS} where name = $1 order by made_at`,
    );
    for (const one of versions) {
      const [counted] = await rowsOf<Kept>(
        `select count(*)::int as passages, count(distinct hash)::int as hashes from ${quoted(tableOf({ name, ...one }))}`,
        [],
      );
      Object.assign(one, counted);
    }
    const [pointer] = await rowsOf<{ version: string; endpoint: string; previous: string | null }>(
      `select version, endpoint, previous from ${LIVE} join ${VERSIONS} using (name, version) where name = $1`,
    );
    const shown = pointer
      ? await rowsOf<{ version: string; passages: number }>(
          `select version, count(*)::int as passages from ${quoted(name)} group by version`,
          [],
        )
      : [];
    const [sessions] = await rowsOf<{ count: number }>(
      `select count(*)::int from pg_stat_activity where application_name like 'attune-%' and state like 'idle in%'`,
      [],
    );
    return { versions, tables, pointer, shown, inTransaction: sessions!.count };
  });
}

/** By a way of its own, which nobody cuts. */
async function asking<T>({ database }: InstantStack, ask: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(database!.url);
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}
