/**
 * One activity as a worker would run it, without a server and without the worker's log.
 * @module
 */
import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

/** @param info  what the activity finds about itself; the SDK's own defaults elsewhere */
export function inActivity<I, O>(activity: (input: I) => Promise<O>, input: I, info: Partial<Info> = {}): Promise<O> {
  const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
  return environment.run<[I], O, (input: I) => Promise<O>>(activity, input);
}
