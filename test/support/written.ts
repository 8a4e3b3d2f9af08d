/**
 * What the tests' imitations of jobs leave: of the shape that the jobs' own files have, or the test fails.
 * @module
 */
import type { z } from 'zod';

export const written = <S extends z.ZodType>(shape: S, value: z.input<S>): string => {
  shape.parse(value);
  return JSON.stringify(value);
};
