/**
 * One activity as a worker would run it, without a server and without the worker's log.
 * @module
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

export function inActivity<I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return environment.run<[I], O, (input: I) => Promise<O>>(activity, input);
}
