/**
 * Every call of an AWS client, seen from one place: for metrics and traces, which know nothing of what is called.
 * @module
 */
import { asAwsError, classify } from './errors.js';

export interface AwsCall {
  /** "SageMaker", "S3": the client's name. */
  service: string;
  /** "CreateTrainingJob". */
  operation: string;
}

/** Around one call with all of its retries: returns or throws what the call does. */
export type Observer = <T>(call: AwsCall, make: () => Promise<T>) => Promise<T>;

interface Observable {
  middlewareStack: {
    add(
      middleware: (
        next: (args: never) => Promise<unknown>,
        context: { clientName?: string; commandName?: string },
      ) => (args: never) => Promise<unknown>,
      options: { step: 'initialize'; name: string },
    ): void;
  };
}

/** The first observer sees what the next ones do, too. */
export function observed<C>(client: C, observers: readonly Observer[]): C {
  const { middlewareStack } = client as Observable;
  middlewareStack.add(
    (next, { clientName = '', commandName = '' }) =>
      (args) => {
        const call = { service: clientName.replace(/Client$/, ''), operation: commandName.replace(/Command$/, '') };
        return observers.reduceRight<() => Promise<unknown>>(
          (make, observer) => () => observer(call, make),
          () => next(args),
        )();
      },
    { step: 'initialize', name: 'attuneObserved' },
  );
  return client;
}

/** How a call that threw ended, as a label: the class of AWS's refusal, or "unknown" where the table has none. */
export const refusalOf = (error: unknown): string =>
  isAborted(error) ? 'interrupted' : (classify(error) ?? 'unknown');

const isAborted = (error: unknown): boolean =>
  asAwsError(error) === undefined && (error as Error).name === 'AbortError';
