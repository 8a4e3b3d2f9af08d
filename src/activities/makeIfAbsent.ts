/**
 * What several runs share, made by the first that needs it.
 * @module
 */
import { isNotFound } from '../aws/errors.js';

/** Another run may make it at the same moment. */
export async function makeIfAbsent(describe: () => Promise<unknown>, create: () => Promise<unknown>): Promise<void> {
  if (await isThere(describe)) return;
  try {
    await create();
  } catch (error) {
    if (!(await isThere(describe))) throw error;
  }
}

async function isThere(describe: () => Promise<unknown>): Promise<boolean> {
  try {
    await describe();
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
