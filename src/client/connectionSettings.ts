/**
 * Where Temporal is and how it is reached, by its own variables and profiles: the same for commands and workers.
 * @module
 */
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { AttuneError } from '../spec/attuneError.js';

export interface ConnectionSettings {
  connectionOptions: ClientConnectConfig['connectionOptions'] & { address: string };
  namespace: string;
}

/** @throws AttuneError (NotConfigured) where they name a file or a profile that cannot be read */
export function connectionSettings(): ConnectionSettings {
  try {
    const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
    return {
      connectionOptions: { ...connectionOptions, address: connectionOptions.address ?? 'localhost:7233' },
      namespace,
    };
  } catch (error) {
    throw new AttuneError(
      'NotConfigured',
      `the settings for Temporal cannot be read: ${(error as Error).message}`,
      'check the files that TEMPORAL_TLS_*_PATH name, and TEMPORAL_PROFILE of TEMPORAL_CONFIG_FILE',
      { cause: error },
    );
  }
}
