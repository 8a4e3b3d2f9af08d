/**
 * The endpoint that a run changes: its name, and what its statuses mean.
 * @module
 */
import type { FineTuneSpec } from '../spec/schema.js';

type Deployed = Exclude<FineTuneSpec['deploy'], false>;

/** As the spec names it, else as it names the run; undefined where nothing is deployed. */
export function endpointNameOf(spec: { name: string; deploy: Deployed }): string;
export function endpointNameOf(spec: Pick<FineTuneSpec, 'name' | 'deploy'>): string | undefined;
export function endpointNameOf({ name, deploy }: Pick<FineTuneSpec, 'name' | 'deploy'>): string | undefined {
  return deploy ? (deploy.endpoint ?? name) : undefined;
}

const SETTLED: ReadonlySet<string> = new Set(['InService', 'Failed', 'OutOfService', 'UpdateRollbackFailed']);

/** Nothing moves any more: the endpoint can be changed or deleted. */
export const isSettled = (status: string): boolean => SETTLED.has(status);
