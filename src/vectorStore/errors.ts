/**
 * What a vector store answers, in words: which failure of the table it is, and never with the address or key of the store.
 * @module
 */
import type { FailureType } from '../spec/failures.js';

export class StoreError extends Error {
  override name = 'StoreError';
  constructor(
    readonly type: FailureType,
    message: string,
    /** What to do, where that is nearer than what the table of failures says. */
    readonly mend?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A store's own words may hold what it was sent: their beginning is enough to know the fault. */
const MOST_WORDS = 200;

interface Row {
  /** SQLSTATE, its class or its whole; or the system's own code. */
  code: RegExp;
  type: FailureType;
  mend: string;
}

/** Source: PostgreSQL 16, appendix A. First match wins. */
const ROWS: readonly Row[] = [
  { code: /^(28|42501)/, type: 'AccessDenied', mend: 'let the user of index.url in, with the right to create tables' },
  { code: /^3D/, type: 'NotFound', mend: 'create the database that index.url names' },
  {
    code: /^(0A000|58P01)/,
    type: 'NotConfigured',
    mend: 'install the extension pgvector, 0.7 or newer, on the server',
  },
  { code: /^(53|57|08|40)/, type: 'Unavailable', mend: 'nothing: tried again; see whether the database is well' },
  { code: /^E[A-Z]+$/, type: 'Unavailable', mend: 'see that the database runs and is reached from here; tried again' },
  { code: /^(22|23|42)/, type: 'RequestRefused', mend: "read the database's words" },
];

/** pg tells a connection that was cut by words alone. */
const CUT =
  /connection terminated|timeout e(xpired|xceeded)|read timeout|connection (was )?closed|connection error|not queryable/i;

/** @param doing  "loading into version X" */
export function storeError(error: unknown, doing: string): StoreError {
  if (error instanceof StoreError) return error;
  const { message = '', code = '' } = error as { message?: string; code?: string };
  const row = ROWS.find((one) => one.code.test(code));
  const words = `${doing}: ${message.slice(0, MOST_WORDS)}`;
  if (row) return new StoreError(row.type, words, row.mend, { cause: error });
  if (CUT.test(message)) return new StoreError('Unavailable', words, undefined, { cause: error });
  return new StoreError('Unexpected', words, undefined, { cause: error });
}

/** Whoever logs in is refused: with a password that is renewed just now, for instance. */
export const isLoginRefused = ({ cause }: StoreError): boolean =>
  /^28/.test((cause as { code?: string } | undefined)?.code ?? '');

/** The table or vector index of the version is not there any more: it was retired since the pointer was read. */
export const isGone = (error: unknown): boolean =>
  (error as Error).name === 'NotFoundException' ||
  (error instanceof StoreError && (error.cause as { code?: string } | undefined)?.code === '42P01');
