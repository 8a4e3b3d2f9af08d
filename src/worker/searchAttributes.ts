/**
 * Registers what the workflows upsert: an attribute that the namespace does not know would hold every run in its first task.
 * @module
 */
import type { NativeConnection } from '@temporalio/worker';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { refusalOfTemporal, unknownNamespace } from '../client/connectionFault.js';
import { registerCommand, type TemporalPlace } from '../client/searchAttributeCommand.js';
import { searchAttributes } from '../run/searchAttributes.js';
import { AttuneError } from '../spec/attuneError.js';

const TYPE = {
  Keyword: encodeSearchAttributeIndexedValueType('KEYWORD')!,
  Double: encodeSearchAttributeIndexedValueType('DOUBLE')!,
} as const;

const NOT_FOUND = 5; // gRPC

/** @throws AttuneError that names what is missing and the command for it, where this client may not register it */
export async function registerSearchAttributes(
  connection: Pick<NativeConnection, 'operatorService' | 'workflowService'>,
  place: TemporalPlace,
  log: (line: string) => void,
): Promise<void> {
  const { namespace } = place;
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
    const why = (error as Error).message;
    throw new AttuneError(
      'NotConfigured',
      known
        ? `namespace ${namespace} lacks search attributes and this client may not register them: ${why}`
        : `the search attributes of namespace ${namespace} may be neither listed nor registered by this client: ${why}`,
      `have an operator run: ${registerCommand(place, missing)}${known ? '' : '; where that was done: --search-attributes assume'}`,
      { cause: error },
    );
  }
}

/** Undefined where listing is not permitted. @throws AttuneError where there is no such namespace, or it is not this client's */
async function knownTo(
  connection: Pick<NativeConnection, 'operatorService' | 'workflowService'>,
  namespace: string,
): Promise<Record<string, unknown> | undefined> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return customAttributes ?? {};
  } catch (error) {
    if ((error as { code?: unknown }).code === NOT_FOUND) throw unknownNamespace(namespace, error);
    // To operators alone, or is the whole namespace closed to this client?
    await connection.workflowService.describeNamespace({ namespace }).catch((refused: unknown) => {
      throw refusalOfTemporal(refused);
    });
    return undefined;
  }
}
