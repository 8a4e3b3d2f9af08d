/**
 * What AWS refuses a request for before it looks at the account, for the fakes of its services: they take no request that the
 * local SageMaker, by AWS's own service models, does not take.
 * @module
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError, requestCheck, type RequestCheck } from 'trainyard/request-check';
import { findTool, projectRoot } from '../../src/dev/toolchain/findTool.js';
import { awsError } from './awsError.js';

/** Of a service and operations: several fakes may share a process, and know different ones. */
const checks = new Map<string, RequestCheck>();

/**
 * @param service     botocore's name of it
 * @param operations  all that the fake of it knows: loaded once a process
 * @throws what the AWS SDK throws when AWS refuses the request
 */
export function refuseAsAwsDoes(service: string, operations: string[], operation: string, input: object): void {
  const stateDir = join(projectRoot, '.cache');
  mkdirSync(stateDir, { recursive: true });
  const key = [service, ...operations].join(' ');
  const check = checks.get(key) ?? requestCheck(service, operations, { python: findTool('python'), stateDir });
  checks.set(key, check);
  try {
    check(operation, onTheWire(input));
  } catch (error) {
    throw error instanceof AwsError ? awsError(error.code, error.message, error.status) : error;
  }
}

/** As the SDK writes it: times in epoch seconds, what is undefined left out. */
const onTheWire = (input: object): unknown =>
  JSON.parse(
    JSON.stringify(input, function (this: Record<string, unknown>, key, value: unknown) {
      const given = this[key];
      return given instanceof Date ? given.getTime() / 1000 : value;
    }),
  );
