/**
 * What a workflow is called before its input has been checked.
 * @module
 */

/** The name of whatever was handed over, for display. */
export function nameIn(input: unknown): string {
  const name = (input as { name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' ? name.slice(0, 63) : 'unnamed';
}
