/**
 * What whoever starts attune's workers may say about them.
 * @module
 */
import type { DataConverter, VersioningBehavior, WorkerDeploymentVersion } from '@temporalio/common';
import type { QueueKind } from '../run/ids.js';
import { forTerminal } from '../spec/foreignText.js';
import type { Address } from './health.js';

export interface WorkerSettings {
  /** Serves the event bridge on this port of 127.0.0.1; 0: any that is free. */
  eventsPort?: number;
  /** What a sender of events by HTTP must show, at least 16 characters: `Authorization: Bearer …`. Needed with eventsPort. */
  eventsToken?: string;
  /** URL of the SQS queue that SageMaker's state changes come through. */
  eventsQueue?: string;
  /** Serves `/health` and `/ready` there. Default: nothing is served. */
  health?: Address;
  /**
   * Name of the task queues: `NAME`, `NAME-aws`, `NAME-io`. Default: ATTUNE_TASK_QUEUE, or "attune". Each AWS account and
   * region has a name of its own where several share a namespace.
   */
  taskQueue?: string;
  /** Which of the three this process polls. Default: all. */
  queues?: readonly QueueKind[];
  /**
   * Most activities a second that call SageMaker's control plane, over all workers of the namespace: the server enforces it.
   * Default 20, below what an account is known to take; a thousand runs at once want more, where the account allows it.
   */
  awsCallsPerSecond?: number;
  /** Shown on the Workers page of the UI, before the AWS account and region. Default: host and version. */
  identity?: string;
  /**
   * Worker versioning. Absent: any worker takes any run. A new version gets runs once it is made current:
   * `temporal worker deployment set-current-version`.
   */
  deployment?: WorkerDeploymentVersion;
  /**
   * With `deployment`: whether a run stays with the version that began it (`PINNED`, the default) or moves on to the current
   * one at its next task.
   */
  versioningBehavior?: VersioningBehavior;
  /**
   * Encodes what goes to Temporal, such as a payload codec that encrypts. Clients of the same runs need the same. Default:
   * what the module that ATTUNE_DATA_CONVERTER names exports, or plain JSON.
   */
  dataConverter?: DataConverter;
  /**
   * URL of an OpenTelemetry collector that takes traces by OTLP over HTTP. Default: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or
   * OTEL_EXPORTER_OTLP_ENDPOINT where that speaks HTTP, or no traces. Needs OpenTelemetry's packages.
   */
  traces?: string;
  /**
   * `register`, the default: search attributes that the namespace lacks are registered, or the worker does not start.
   * `assume`: they are there; nobody looks.
   */
  searchAttributes?: 'register' | 'assume';
  /** Lines for people: what runs, what was set up. Default: standard error. */
  log?: (line: string) => void;
}

export const toStderr = (line: string): void => void process.stderr.write(`${forTerminal(line)}\n`);
