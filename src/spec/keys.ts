/**
 * The keys a spec may have at a path, and the one a person probably meant.
 * @module
 */
import { z } from 'zod';

/**
 * Keys of the mapping at `path`; empty where the schema has none of its own.
 *
 * @param written  what the schema describes, as somebody wrote it: which of several forms it is
 */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[], written?: unknown): string[] {
  const [head, ...tail] = path;
  const here = mappingIn(schema, written);
  if (head === undefined) return here ? Object.keys(here) : [];
  const next = typeof head === 'number' ? itemIn(schema) : here?.[String(head)];
  return next ? keysAt(next, tail, memberOf(written, head)) : [];
}

/** The candidate within two edits (one for short words), or undefined. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = word.length < 5 ? 1 : 2;
  const [best] = candidates
    .filter(({ length }) => Math.abs(length - word.length) <= limit)
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= limit ? best.candidate : undefined;
}

type Mapping = Record<string, z.core.$ZodType>;

function mappingIn(schema: z.core.$ZodType, written: unknown): Mapping | undefined {
  const bare = unwrapped(schema);
  if (bare instanceof z.ZodObject) return bare.shape;
  if (!(bare instanceof z.ZodUnion)) return undefined;
  const options: readonly z.core.$ZodType[] = bare.options;
  const mappings = options.map((option) => mappingIn(option, written)).filter((one) => one !== undefined);
  const told = bare instanceof z.ZodDiscriminatedUnion ? bare.def.discriminator : undefined;
  const isMeant = (mapping: Mapping): boolean =>
    told !== undefined && z.safeParse(mapping[told]!, memberOf(written, told)).success;
  return mappings.find(isMeant) ?? mappings[0];
}

const memberOf = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;

function itemIn(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const bare = unwrapped(schema);
  return bare instanceof z.ZodArray ? bare.element : undefined;
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional
    ? unwrapped(schema.def.innerType)
    : schema;
}

/** Edits (insert, delete, replace, swap of neighbours) between two words. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? rows[i - 2]![j - 2]! + 1 : Infinity;
      row.push(Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, replaced, swapped));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
