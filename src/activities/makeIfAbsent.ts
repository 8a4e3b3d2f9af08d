/**
 * What several runs share, made by the first that needs it.
 * @module
 */
import { unlessGone } from '../aws/errors.js';

/** Another run may make it at the same moment. */
export async function makeIfAbsent(describe: () => Promise<unknown>, create: () => Promise<unknown>): Promise<void> {
  if (await isThere(describe)) return;
  try {
    await create();
  } catch (error) {
    if (!(await isThere(describe))) throw error;
  }
}

const isThere = async (describe: () => Promise<unknown>): Promise<boolean> =>
  (await unlessGone(describe())) !== undefined;
