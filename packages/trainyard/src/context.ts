/**
 * What every part of the emulator is given: settings, memory, and the two things a resource does beside itself (events, logs).
 * @module
 */
import type { Keys } from './signature.js';
import type { Store } from './store.js';

/** How long what is simulated takes, and what it leaves. */
export interface InstantSettings {
  /** From a job's creation to its end, and from an endpoint's to its service: at least, and at most. */
  shortestMs: number;
  longestMs: number;
  /** Folder of ready-made outputs. */
  outputs: string;
}

export interface LanguageModelSettings {
  /** `smollm2`, or the path of a GGUF file. */
  model: string;
  /** Python environment that has llama.cpp (`xllamacpp`), and the package of `smollm2`. */
  python: string;
  /** What a client of OpenAI's protocol has to bear. Absent: none is asked for. */
  apiKey?: string;
}

export interface Settings {
  /** Folder of all state: records, job folders, endpoint folders, logs. */
  stateDir: string;
  region: string;
  accountId: string;
  /** The roles that may be assumed; others answer as AWS does for a role it cannot assume. */
  roleArns: string[];
  /** Python environment that jobs and endpoints run on. */
  python: string;
  /** This emulator's own base URL, known once it listens. */
  url: string;
  /** The one key that requests are signed with. */
  keys: Keys;
  /** Whether faults may be asked for. */
  takesFaults: boolean;
  /** Where state-change events are posted, as EventBridge would deliver them. Absent: nowhere. */
  eventsUrl?: string;
  /** Sent with each event as a bearer token. */
  eventsToken?: string;
  /** Whether jobs and endpoints run in namespaces of their own, with their /opt/ml at that path. */
  namespaces: boolean;
  /** Between SIGTERM and SIGKILL when a job is stopped. AWS: 120 s. */
  stopGraceMs: number;
  /** What answers Bedrock's and OpenAI's requests. Absent: nothing does. */
  languageModel?: LanguageModelSettings;
  /** Jobs and endpoints only take simulated time. Absent: they are processes. */
  instant?: InstantSettings;
  /** Environment for child processes: S3 endpoint, credentials, region. */
  awsEnvironment: Record<string, string>;
}

export interface Context {
  settings: Settings;
  store: Store;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Announces a change of state; never throws, never waits. */
  emit(detailType: string, arn: string, detail: object): void;
}

/** One API operation: checked input in, output members out (undefined: an empty body). */
export type Operation = (input: never, context: Context) => Promise<object | undefined> | object | undefined;
export type Operations = Record<string, Operation>;

/** A call of InvokeEndpoint as it came over the wire; header names in lower case. */
export interface InvocationRequest {
  headers: Record<string, string | undefined>;
  body: Buffer;
}

/** What goes back over the wire, with status 200. */
export interface InvocationReply {
  headers: Record<string, string>;
  body: Buffer;
}

export const arnOf = ({ settings }: Context, type: string, name: string): string =>
  `arn:aws:sagemaker:${settings.region}:${settings.accountId}:${type}/${name.toLowerCase()}`;

/** Times on the wire: seconds since the epoch, with a fraction. */
export const seconds = (milliseconds: number): number => milliseconds / 1000;
