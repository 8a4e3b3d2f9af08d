/**
 * Registers what the workflows upsert: an attribute that the namespace does not know would hold every run in its first task.
 * @module
 */
import type { NativeConnection } from '@temporalio/worker';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { searchAttributes } from '../run/searchAttributes.js';

const TYPE = {
  Keyword: encodeSearchAttributeIndexedValueType('KEYWORD')!,
  Double: encodeSearchAttributeIndexedValueType('DOUBLE')!,
} as const;

/** @throws Error that names what is missing where it may not be registered by this client */
export async function registerSearchAttributes(
  connection: NativeConnection,
  namespace: string,
  log: (line: string) => void,
): Promise<void> {
  const known = await knownTo(connection, namespace);
  const missing = searchAttributes.filter(({ name }) => known === undefined || !(name in known));
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, TYPE[type]])),
    });
    log(`search attributes registered: ${missing.map(({ name }) => name).join(', ')}`);
  } catch (error) {
    if (known === undefined) {
      log(`search attributes could be neither listed nor registered (${(error as Error).message}); runs need them`);
      return;
    }
    const commands = missing.map(({ name, type }) => `--name ${name} --type ${type}`).join(' ');
    throw new Error(
      `namespace ${namespace} lacks search attributes and this client may not register them: ${(error as Error).message}. ` +
        `Have an operator run: temporal operator search-attribute create --namespace ${namespace} ${commands}`,
      { cause: error },
    );
  }
}

/** Undefined where listing is not permitted. */
async function knownTo(connection: NativeConnection, namespace: string): Promise<Record<string, unknown> | undefined> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return customAttributes ?? {};
  } catch {
    return undefined;
  }
}
