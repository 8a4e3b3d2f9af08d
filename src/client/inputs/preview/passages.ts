/**
 * What a row of pairs, or of test questions, may hold: the rules of python/attune_jobs/prepare/sources/pairs.py and own_test.py.
 * @module
 */
import type { Columns } from './columns.js';

type Cells = Readonly<Record<string, unknown>>;
type Tell = (what: string) => void;

const SHOWN = 40;

/** @returns the ids of passages that the row names; null of a number that JavaScript cannot hold */
export function lookAtPair(columns: Columns, row: Cells, tell: Tell): (string | null)[] {
  columns.text(row, 'query', tell);
  columns.text(row, 'title', tell, true);
  columns.text(row, 'group', tell, true);
  const negativeIds = columns.ids(row, 'negativeIds', tell);
  if (columns.found(row, 'shown').value !== undefined) return [...lookAtClicks(columns, row, tell), ...negativeIds];
  const ids = columns.ids(row, 'documentId', tell);
  if (ids.length === 0) {
    columns.texts(row, 'document', tell);
    if (columns.found(row, 'document').value === undefined) tell(columns.lacksPassage(row));
    columns.texts(row, 'negatives', tell);
  } else ids.push(...columns.ids(row, 'negatives', tell));
  columns.score(row, tell);
  return [...ids, ...negativeIds];
}

/** What was clicked, and what stands above the last of it: the others say nothing. */
function lookAtClicks(columns: Columns, row: Cells, tell: Tell): (string | null)[] {
  const read = (role: string) => (columns.byId ? columns.ids(row, role, tell) : columns.texts(row, role, tell));
  const shown = read('shown');
  const clicked = read('clicked');
  const stranger = clicked.find((one) => !shown.includes(one));
  if (stranger !== undefined) tell(`"clicked" has '${(stranger ?? '').slice(0, SHOWN)}', which is not in "shown"`);
  const last = Math.max(0, ...clicked.map((one) => shown.indexOf(one)));
  return columns.byId ? [...clicked, ...shown.slice(0, last).filter((one) => !clicked.includes(one))] : [];
}

/** @returns the ids that it names, as of a pair; undefined of a row that nobody has accepted */
export function lookAtTest(columns: Columns, row: Cells, tell: Tell): (string | null)[] | undefined {
  if (columns.accepted(row) === false) return undefined;
  columns.text(row, 'query', tell);
  columns.text(row, 'title', tell, true);
  columns.text(row, 'group', tell, true);
  const ids = columns.ids(row, 'documentId', tell);
  const texts = columns.texts(row, 'document', tell).filter((text) => text.trim() !== '');
  columns.score(row, tell);
  if (ids.length === 0 && texts.length === 0) tell(columns.lacksPassage(row));
  return ids;
}
