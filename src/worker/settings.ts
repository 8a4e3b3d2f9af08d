/**
 * What whoever starts attune's workers may say about them.
 * @module
 */
import type { WorkerDeploymentVersion } from '@temporalio/common';

export interface WorkerSettings {
  /** Serves the event bridge on this port of 127.0.0.1; 0: any that is free. */
  eventsPort?: number;
  /** What a sender of events by HTTP must show, at least 16 characters: `Authorization: Bearer …`. Needed with eventsPort. */
  eventsToken?: string;
  /** URL of the SQS queue that SageMaker's state changes come through. */
  eventsQueue?: string;
  /**
   * Most activities a second that call SageMaker's control plane, over all workers of the namespace: the server enforces it.
   * Default 20, below what an account is known to take; a thousand runs at once want more, where the account allows it.
   */
  awsCallsPerSecond?: number;
  /** Shown on the Workers page of the UI. Default: host and version. */
  identity?: string;
  /**
   * Worker versioning: a run stays with the version that began it. Absent: any worker takes any run. A new version gets
   * runs once it is made current: `temporal worker deployment set-current-version`.
   */
  deployment?: WorkerDeploymentVersion;
  /** Lines for people: what runs, what was set up. Default: standard error. */
  log?: (line: string) => void;
}

export const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);
