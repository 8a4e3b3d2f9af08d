/**
 * Service Quotas: this machine is the limit, so no quota has a value.
 * @module
 */
import type { Operations } from './context.js';
import { AwsError } from './errors.js';

export const quotaOperations: Operations = {
  ListServiceQuotas({ ServiceCode }: { ServiceCode: string }) {
    if (ServiceCode === 'sagemaker') return { Quotas: [] };
    throw new AwsError(
      'NoSuchResourceException',
      `No service with the code ${ServiceCode}: sagemaker is the only one here.`,
    );
  },
};
