/**
 * What the activities are given: clients, settings, the folder of the Python sources. Nothing is read from elsewhere.
 * @module
 */
import type { AwsClients } from '../aws/clients.js';
import type { Settings } from '../aws/settings.js';

export interface Deps extends AwsClients {
  settings: Settings;
  /** Sources that run inside jobs: train.py, job.py, attune_jobs/, requirements. */
  pythonDir: string;
  /** How long a refusal is retried that may only be slow to propagate. Default 300,000 ms. */
  propagationMs?: number;
  /** Once a run has begun, missing or expired credentials are waited for. Default: they refuse the call for good. */
  awaitsCredentials?: boolean;
}
