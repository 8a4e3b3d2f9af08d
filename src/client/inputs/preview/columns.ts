/**
 * Which column of a row means what, and what it may hold: the rules of python/attune_jobs/prepare/columns.py and sources/pairs.py.
 * @module
 */
import { DATA_ROWS, type RowKind } from '../../../spec/dataRows.js';
import { nearest } from '../../../spec/keys.js';
import { HOSTILE } from '../../../spec/foreignText.js';

/** Role → names, as `data.columns` has them. */
export type Given = Readonly<Record<string, string | readonly string[] | undefined>>;
type Cells = Readonly<Record<string, unknown>>;

const SHOWN = 40;
const NUMBERED = /^negative_[0-9]+$/;
const ID_ROLES: readonly string[] = DATA_ROWS.idRoles;
const YES: readonly string[] = DATA_ROWS.accepted;

/** Reads the roles of one kind of file; what is wrong with a row goes to `tell`. */
export class Columns {
  readonly unread = new Map<string, number>();
  private readonly usual: Readonly<Record<string, readonly string[]>>;
  private readonly known: ReadonlySet<string>;

  /** @param byId  whether the data have passages that a row can name by their ids */
  constructor(
    kind: RowKind,
    private readonly given: Given = {},
    readonly byId = false,
  ) {
    const roles = Object.entries(DATA_ROWS.columns[kind]);
    this.usual = Object.fromEntries(roles.filter(([role]) => byId || !ID_ROLES.includes(role)));
    this.known = new Set(Object.keys(this.usual).flatMap((role) => this.names(role)));
  }

  private names(role: string): readonly string[] {
    const usual = this.usual[role];
    if (usual === undefined) return [];
    const given = this.given[role];
    return given === undefined ? usual : typeof given === 'string' ? [given] : given;
  }

  lookAt(row: Cells): void {
    for (const key of Object.keys(row))
      if (!this.known.has(key) && !(NUMBERED.test(key) && this.given['negatives'] === undefined))
        this.unread.set(key, (this.unread.get(key) ?? 0) + 1);
  }

  found(row: Cells, role: string): { name: string; value: unknown } {
    const name = this.names(role).find((one) => present(row, one));
    return { name: name ?? this.names(role)[0] ?? role, value: name === undefined ? undefined : row[name] };
  }

  text(row: Cells, role: string, tell: (what: string) => void, optional = false): void {
    const { name, value } = this.found(row, role);
    if (value === undefined) {
      if (!optional) tell(this.lacks(row, role));
    } else if (typeof value !== 'string' && !(role === 'group' && typeof value === 'number'))
      tell(`"${name}" is ${shown(value)}, expected a text`);
  }

  texts(row: Cells, role: string, tell: (what: string) => void): string[] {
    return this.listed(row, role).flatMap(({ name, value }) => {
      if (typeof value === 'string') return [value];
      tell(`"${name}" is or holds ${shown(value)}, expected texts`);
      return [];
    });
  }

  /** All ids that stand under the role's names; null of a number that JavaScript cannot hold. */
  ids(row: Cells, role: string, tell: (what: string) => void): (string | null)[] {
    return this.listed(row, role).flatMap(({ name, value }) => {
      if (typeof value === 'string' && value.trim() === '') return [];
      const own = idOf(name, value, tell);
      return own === undefined ? [] : [own];
    });
  }

  /** Undefined where the row has no such column; false of all that does not say yes. */
  accepted(row: Cells): boolean | undefined {
    const name = this.names('accepted').find((one) => Object.hasOwn(row, one));
    return name === undefined ? undefined : saysYes(row[name]);
  }

  private listed(row: Cells, role: string): { name: string; value: unknown }[] {
    const numbered =
      role === 'negatives' && this.given[role] === undefined
        ? Object.keys(row).filter((key) => NUMBERED.test(key))
        : [];
    return [...this.names(role), ...numbered].flatMap((name) =>
      listed(Object.hasOwn(row, name) ? row[name] : undefined).map((value) => ({ name, value })),
    );
  }

  /** @returns undefined where there is none; null of a number that JavaScript cannot hold */
  id(row: Cells, tell: (what: string) => void): string | null | undefined {
    const { name, value } = this.found(row, 'id');
    return value === undefined ? void tell(this.lacks(row, 'id')) : idOf(name, value, tell);
  }

  score(row: Cells, tell: (what: string) => void): void {
    const { name, value } = this.found(row, 'score');
    if (value === undefined || value === '' || typeof value === 'boolean') return;
    const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
    if (wholeNumber(text) === undefined)
      tell(
        `"${name}" is ${shown(value)}, expected a whole number: 0 for no answer, 1 or more for an answer. If it is something else, write columns: {score: []}`,
      );
  }

  /** Of a row that neither holds what answers its question nor names it. */
  lacksPassage(row: Cells): string {
    if (this.byId && this.hint(row, 'documentId') !== undefined) return this.lacks(row, 'documentId');
    const named = DATA_ROWS.columns.test.documentId.find((name) => Object.hasOwn(row, name));
    const known =
      this.byId || named === undefined ? '' : `; "${named}" would name a passage of data.corpus, and there is none`;
    return this.lacks(row, 'document') + known;
  }

  private hint(row: Cells, role: string): string | undefined {
    const keys = Object.keys(row).filter((key) => !this.known.has(key));
    const hints: readonly string[] = (DATA_ROWS.hints as Record<string, readonly string[]>)[role] ?? [];
    return hints.find((one) => keys.includes(one)) ?? nearest(role, keys);
  }

  lacks(row: Cells, role: string): string {
    const hint = this.hint(row, role);
    const found = Object.keys(row)
      .slice(0, 6)
      .map((key) => `"${key.slice(0, SHOWN)}"`);
    const advice = hint === undefined ? '' : `: if "${hint}" is meant, write columns: {${role}: ${hint}}`;
    return `"${this.names(role)[0] ?? role}" is missing (found ${found.join(', ') || 'no key'})${advice}`;
  }

  /** A sentence for each key that nothing reads. */
  notes(field: string, rows: number): string[] {
    return [...this.unread].slice(0, 20).map(([key, count]) => {
      const meant = nearest(key, [...this.known]);
      return `${field}: the key "${key.slice(0, SHOWN)}" of ${count} of the first ${rows} rows is not read${meant ? `: did you mean "${meant}"?` : ''}`;
    });
  }
}

/** Undefined, and a fault, where none can stand in a table; null of a number that JavaScript cannot hold. */
function idOf(name: string, value: unknown, tell: (what: string) => void): string | null | undefined {
  if (typeof value !== 'string' && (typeof value !== 'number' || !Number.isInteger(value)))
    return void tell(`"${name}" is ${shown(value)}, expected a text or a whole number`);
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return null;
  const own = String(value).trim();
  const fault = idFault(own);
  return fault === undefined ? own : void tell(`"${name}" ${fault}`);
}

function saysYes(value: unknown): boolean {
  if (typeof value !== 'string') return value === true || value === 1;
  const said = value.trim().normalize('NFC').toLowerCase();
  return YES.includes(said) || wholeNumber(said) === 1;
}

const present = (row: Cells, name: string): boolean =>
  Object.hasOwn(row, name) && row[name] !== null && row[name] !== undefined;

/** Of "1", "1.0" or " 2 "; undefined of anything else. */
export function wholeNumber(text: string): number | undefined {
  const found = /^(-?[0-9]{1,9})(?:\.0*)?$/.exec(text.trim());
  return found ? Number(found[1]) : undefined;
}

function idFault(own: string): string | undefined {
  if (own === '') return 'is blank, expected a text';
  const length = [...own].length;
  if (length > DATA_ROWS.idCharacters) return `has ${length} characters, expected at most ${DATA_ROWS.idCharacters}`;
  return HOSTILE.test(own) ? 'holds characters that cannot stand in a table: control characters, or halves' : undefined;
}

function listed(value: unknown): unknown[] {
  if (value === undefined || value === null || value === '') return [];
  if (typeof value === 'string' && value.startsWith('[')) {
    try {
      const found = JSON.parse(value) as unknown;
      return Array.isArray(found) ? found : [value];
    } catch {
      return [value];
    }
  }
  return Array.isArray(value) ? value : [value];
}

/** What a cell holds, for a message: of a nested thing its kind only. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, SHOWN)}'`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
}
