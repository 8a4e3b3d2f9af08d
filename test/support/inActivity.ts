/**
 * One activity as a worker would run it, without a server and without the worker's log.
 * @module
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

export const inActivity = <I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> =>
  new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(
    activity as never,
    input as never,
  ) as Promise<O>;
