import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Context } from '../../src/context.js';
import type { JobRecord, Jobs } from '../../src/jobs/supervisor.js';
import { Store } from '../../src/store.js';
import { TUNING_JOB, type TuningRecord } from '../../src/tuning/record.js';
import { Tuner } from '../../src/tuning/tuner.js';
import { definition, limits, record, request } from './tuningRequests.js';

/** Training jobs as the tuner sees them, without their processes. */
class Started {
  readonly jobs = new Map<string, JobRecord>();
  readonly stopped: string[] = [];
  get = (_kind: string, name: string) => this.jobs.get(name);
  start = (job: JobRecord): void => void this.jobs.set(job.name, job);
  stop = (job: JobRecord): void => void this.stopped.push(job.name);
}

/** Not a matter of time: only so that a fault does not wait for ever. */
const PATIENCE = { timeout: 15_000 };

let folder: string;
let started: Started;
let store: Store;
let tuner: Tuner;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-tuner-'));
  started = new Started();
  store = new Store(folder);
  const settings = { stateDir: folder, region: 'eu-west-1', accountId: '1', roleArns: [definition().RoleArn] };
  const context = { settings, store, now: Date.now, emit: () => undefined } as unknown as Context;
  tuner = new Tuner(context, started as unknown as Jobs, () => []);
});
afterEach(() => {
  tuner.close();
  rmSync(folder, { recursive: true });
});

const decided = { name: 'tune-001-0a1b2c3d', parameters: { rate: '0.001' }, launched: false, rungs: 0 };
const left = (changes: Partial<TuningRecord> = {}): TuningRecord =>
  record({ createdAt: Date.now(), request: request(limits(1)), trials: [{ ...decided }], ...changes });
const kept = (): TuningRecord => new Store(folder).get<TuningRecord>(TUNING_JOB, 'tune')!;

test('a training job that was decided on before a kill is launched under its name', async () => {
  store.put(TUNING_JOB, 'tune', left());

  tuner.resume();

  await vi.waitFor(() => expect(kept().trials[0]?.launched).toBe(true), PATIENCE);
  expect(started.jobs.get(decided.name)).toMatchObject({
    request: { HyperParameters: { rate: '0.001', seed: '42' } },
    trial: { tuningJobArn: 'arn', parameters: { rate: '0.001' } },
  });
});

test('one that was launched just before a kill is found, and stopped with its tuning job', async () => {
  store.put(TUNING_JOB, 'tune', left({ status: 'Stopping', ending: { status: 'Stopped' } }));
  const state = { status: 'InProgress' as const, transitions: [], modifiedAt: 0, metrics: [] };
  started.start({ kind: 'training-job', name: decided.name, arn: 'arn', createdAt: 0, request: {}, state } as never);

  tuner.resume();

  await vi.waitFor(() => expect(started.stopped).toContain(decided.name), PATIENCE);
  expect(kept()).toMatchObject({ status: 'Stopping', trials: [{ launched: true }] });

  started.jobs.get(decided.name)!.state.status = 'Stopped';
  await vi.waitFor(() => expect(kept().status).toBe('Stopped'), PATIENCE);
  expect(kept().trials[0]?.end?.summary.TrainingJobStatus).toBe('Stopped');
});
