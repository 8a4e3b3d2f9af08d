/**
 * What the activities are given: clients, settings, the folder of the Python sources. Nothing is read from elsewhere.
 * @module
 */
import type { AwsClients } from '../aws/clients.js';
import type { Settings } from '../aws/settings.js';

export interface Deps extends AwsClients {
  settings: Settings;
  /** Page of a run in Temporal's UI, or its path where the address is not known. Default: none is told. */
  page?: (namespace: string, workflowId: string, runId: string) => string;
  /** Sources that run inside jobs: train.py, job.py, attune_jobs/, requirements. */
  pythonDir: string;
  /** The environment that a spec may refer to: where a secret lies on this machine. Default: empty. */
  variables?: Readonly<Record<string, string | undefined>>;
  /** How long a refusal is retried that may only be slow to propagate. Default 300,000 ms. */
  propagationMs?: number;
  /** Once a run has begun, missing or expired credentials are waited for. Default: they refuse the call for good. */
  awaitsCredentials?: boolean;
}
