/**
 * A drawing of arrows in rows, each arrow downwards: rows by the longest way from the top, long arrows led through the
 * rows between, places in a row chosen for few crossings. The same arrows always give the same drawing.
 * @module
 */
import type { Arrow } from './imports.js';

export interface Box {
  name: string;
  x: number;
  y: number;
}

interface Point {
  x: number;
  y: number;
}

export interface Line {
  from: string;
  to: string;
  typesOnly: boolean;
  /** There is an arrow back as well. */
  both: boolean;
  /** From the lower edge of one box, through the rows between, to the upper edge of the other. */
  through: Point[];
}

/** A folder, or the place where a long arrow passes a row. */
interface Slot {
  key: string;
  name?: string;
}

interface Edge {
  from: string;
  to: string;
}

/** What a long arrow takes of a row. */
const PASSING = 26;
/** Between arrows that leave, or reach, the same box. */
const BESIDE = 20;

export interface Measures {
  width: number;
  boxWidth: number;
  boxHeight: number;
  /** From one row to the next. */
  rowHeight: number;
}

export function layers(
  names: readonly string[],
  arrows: readonly Arrow[],
  measures: Measures,
): { boxes: Box[]; lines: Line[]; rows: number } {
  const down = arrows.filter(
    ({ from, to }) => from < to || !arrows.some((back) => back.from === to && back.to === from),
  );
  const row = rowsOf(names, down);
  const count = Math.max(...row.values()) + 1;
  const rows: Slot[][] = Array.from({ length: count }, () => []);
  for (const name of names) rows[row.get(name) ?? 0]?.push({ key: name, name });
  const edges: Edge[] = [];
  const ways = down.map((arrow) => {
    const way = [arrow.from];
    for (let at = (row.get(arrow.from) ?? 0) + 1; at < (row.get(arrow.to) ?? 0); at++) {
      const key = `${arrow.from}>${arrow.to}@${at}`;
      rows[at]?.push({ key });
      way.push(key);
    }
    way.push(arrow.to);
    way.slice(1).forEach((to, index) => edges.push({ from: way[index] ?? '', to }));
    return { arrow, way };
  });
  const places = placed(ordered(rows, edges), measures);
  const placeOf = (key: string): Point => places.get(key) ?? { x: 0, y: 0 };
  const half = measures.boxHeight / 2;
  // Arrows of one box stand side by side, in the order of where they come from or go to.
  const beside = (key: string, of: number, ends: readonly string[][], step: 1 | -1): number => {
    const others = ends.map((way) => way.at(step === 1 ? 1 : -2) ?? '').sort((a, b) => placeOf(a).x - placeOf(b).x);
    return (others.indexOf(key) - (of - 1) / 2) * BESIDE;
  };
  const lines = ways.map(({ arrow, way }) => {
    const leaving = ways.filter((other) => other.arrow.from === arrow.from).map((other) => other.way);
    const reaching = ways.filter((other) => other.arrow.to === arrow.to).map((other) => other.way);
    const start = placeOf(arrow.from);
    const end = placeOf(arrow.to);
    return {
      ...arrow,
      both: arrows.some((back) => back.from === arrow.to && back.to === arrow.from),
      through: [
        { x: start.x + beside(way[1] ?? '', leaving.length, leaving, 1), y: start.y + half },
        ...way.slice(1, -1).flatMap((key) => {
          const { x, y } = placeOf(key);
          return [
            { x, y: y - half },
            { x, y: y + half },
          ];
        }),
        { x: end.x + beside(way.at(-2) ?? '', reaching.length, reaching, -1), y: end.y - half },
      ],
    };
  });
  return { rows: count, boxes: names.map((name) => ({ name, ...placeOf(name) })), lines };
}

/** The longest way from the top; who has nobody above stands right above the first that it imports. */
function rowsOf(names: readonly string[], arrows: readonly Arrow[]): Map<string, number> {
  const row = new Map(names.map((name) => [name, 0]));
  for (let pass = 0; pass < names.length; pass++)
    for (const { from, to } of arrows) row.set(to, Math.max(row.get(to) ?? 0, (row.get(from) ?? 0) + 1));
  for (const name of names) {
    if (arrows.some(({ to }) => to === name)) continue;
    const targets = arrows.filter(({ from }) => from === name).map(({ to }) => row.get(to) ?? 0);
    if (targets.length > 0) row.set(name, Math.min(...targets) - 1);
  }
  return row;
}

/** Tries each swap of neighbours as long as one makes for fewer crossings, or for as many and shorter arrows. */
function ordered(rows: Slot[][], edges: readonly Edge[]): Slot[][] {
  const swap = (row: Slot[], a: number, b: number): void => {
    [row[a], row[b]] = [row[b] as Slot, row[a] as Slot];
  };
  let cost = costOf(rows, edges);
  for (let better = true; better;) {
    better = false;
    for (const row of rows)
      for (let a = 0; a < row.length; a++)
        for (let b = a + 1; b < row.length; b++) {
          swap(row, a, b);
          const tried = costOf(rows, edges);
          if (tried < cost - 1e-9) {
            cost = tried;
            better = true;
          } else swap(row, a, b);
        }
  }
  return rows;
}

function costOf(rows: readonly Slot[][], edges: readonly Edge[]): number {
  const at = new Map<string, { row: number; x: number }>();
  rows.forEach((slots, row) =>
    slots.forEach(({ key }, index) => at.set(key, { row, x: (index + 1) / (slots.length + 1) })),
  );
  const ends = edges.map(({ from, to }) => ({ a: at.get(from), b: at.get(to) }));
  let cost = 0;
  ends.forEach(({ a, b }, index) => {
    cost += Math.abs((a?.x ?? 0) - (b?.x ?? 0));
    for (const other of ends.slice(index + 1)) {
      if (a?.row !== other.a?.row) continue;
      if (((a?.x ?? 0) - (other.a?.x ?? 0)) * ((b?.x ?? 0) - (other.b?.x ?? 0)) < 0) cost += 10;
    }
  });
  return cost;
}

/** Rows centred, with equal gaps. */
function placed(rows: readonly Slot[][], { width, boxWidth, rowHeight }: Measures): Map<string, Point> {
  const places = new Map<string, Point>();
  rows.forEach((slots, row) => {
    const widthOf = ({ name }: Slot): number => (name === undefined ? PASSING : boxWidth);
    const gap = (width - slots.reduce((sum, slot) => sum + widthOf(slot), 0)) / (slots.length + 1);
    let left = gap;
    for (const slot of slots) {
      places.set(slot.key, { x: left + widthOf(slot) / 2, y: row * rowHeight });
      left += widthOf(slot) + gap;
    }
  });
  return places;
}
