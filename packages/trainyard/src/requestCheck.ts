/**
 * What this emulator, like AWS, refuses a request for before it looks at the account: for test doubles of AWS that are to
 * refuse the same. Published as `trainyard/request-check`.
 * @module
 */
import type {
  CreateHyperParameterTuningJobRequest,
  CreateProcessingJobRequest,
  CreateTrainingJobRequest,
} from '@aws-sdk/client-sagemaker';
import { requireProcessable } from './jobs/processingRules.js';
import { requireTrainable } from './jobs/trainingRules.js';
import { loadServiceModel } from './serviceModel.js';
import { trainingRequest } from './tuning/record.js';
import { requireTunable } from './tuning/tuningRules.js';
import { checked } from './validate.js';

export { AwsError } from './errors.js';

/**
 * @param request  the operation's input as it goes over the wire: JSON, times in epoch seconds
 * @returns        the request without members that AWS does not know
 * @throws AwsError    SerializationException for a value of a wrong type; ValidationException, in AWS's words, for all else
 * @throws RangeError  for an operation that the check was not made for
 */
export type RequestCheck = (operation: string, request: unknown) => object;

/** Beyond the service model, such as "MaxWaitTimeInSeconds is required with EnableManagedSpotTraining". */
const RULES: Record<string, (request: never) => void> = {
  CreateTrainingJob: (request: CreateTrainingJobRequest) => requireTrainable(request),
  CreateProcessingJob: (request: CreateProcessingJobRequest) => requireProcessable(request),
  CreateHyperParameterTuningJob: (request: CreateHyperParameterTuningJobRequest) => {
    requireTunable(request);
    requireTrainable(trainingRequest({ request, tags: [] }, { name: '', parameters: {} }));
  },
};

/**
 * Loads AWS's model of a service once, some 50 ms, for any number of checks.
 *
 * @param service     botocore's name of it: `sagemaker`, `application-autoscaling`, `logs`
 * @param operations  what will be checked
 * @param where       a Python that has botocore, and a folder that is there, to remember where it was found
 * @throws Error that says what to install when there is no botocore
 * @example
 * const check = requestCheck('sagemaker', ['StopTrainingJob'], { python: 'python3', stateDir: '.cache' });
 * check('StopTrainingJob', { TrainingJobName: 'my_job' }); // AwsError: 1 validation error detected: Value 'my_job' at …
 */
export function requestCheck(
  service: string,
  operations: string[],
  where: { python: string; stateDir: string },
): RequestCheck {
  const model = loadServiceModel(service, operations, where);
  return (operation, request) => {
    const shape = model.operations.get(operation);
    if (!operations.includes(operation)) throw new RangeError(`no check was made for ${operation} of ${service}`);
    const known = shape === undefined ? {} : checked(model, shape, request);
    RULES[operation]?.(known as never);
    return known;
  };
}
