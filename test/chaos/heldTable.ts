/**
 * A table of the database that is held, so that whoever changes it waits in the middle of a statement. Who reads does not.
 * @module
 */
import pg from 'pg';
import { LIVE, quoted, tableOf, VERSIONS } from '../../src/vectorStore/pgvector/names.js';
import type { TableName } from './plan.js';

export class HeldTable {
  private holding: { client: pg.Client; table: string } | undefined;

  /** @param name  of the index */
  constructor(
    private readonly url: string,
    private readonly name: string,
    private readonly which: TableName,
  ) {}

  /** Whether a statement waits for it; it is held from the first question on that finds it there. */
  async isWaitedFor(): Promise<boolean> {
    this.holding ??= await this.hold();
    if (!this.holding) return false;
    const { client, table } = this.holding;
    const { rows } = await client.query('select 1 from pg_locks where relation = to_regclass($1) and not granted', [
      quoted(table),
    ]);
    return rows.length > 0;
  }

  async release(): Promise<void> {
    await this.holding?.client.end();
  }

  private async hold(): Promise<HeldTable['holding']> {
    const client = new pg.Client(this.url);
    client.on('error', () => undefined); // the database was killed: nothing is held any more
    await client.connect();
    const table = await this.tableIn(client);
    if (table === undefined) {
      await client.end();
      return undefined;
    }
    await client.query('begin');
    await client.query(`lock table ${quoted(table)} in exclusive mode`);
    return { client, table };
  }

  private async tableIn(client: pg.Client): Promise<string | undefined> {
    if (this.which !== 'passages') return this.which === 'versions' ? VERSIONS : LIVE;
    const { rows } = await client.query<{ version: string }>(
      `select version from ${VERSIONS} where name = $1 and state = 'building'`,
      [this.name],
    );
    return rows[0] && tableOf({ name: this.name, version: rows[0].version });
  }
}
