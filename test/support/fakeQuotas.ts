/**
 * Service Quotas as far as attune uses it: the account's quotas of SageMaker by name, in pages.
 * @module
 */
import type * as sdk from '@aws-sdk/client-service-quotas';
import { awsError } from './awsError.js';
import { refuseAsAwsDoes } from './awsRefusals.js';

const PAGE = 2;

export class FakeQuotas {
  /** None has a value, as long as a test sets none. */
  values: Record<string, number> = {};
  /** What every call ends with, where there is one. */
  refusal?: Error;

  withoutPermission(): void {
    const what = 'servicequotas:ListServiceQuotas';
    this.refusal = awsError('AccessDeniedException', `User: worker is not authorized to perform: ${what}`);
  }

  send = async (command: { input: object }): Promise<object> => {
    refuseAsAwsDoes('service-quotas', ['ListServiceQuotas'], 'ListServiceQuotas', command.input);
    if (this.refusal) throw this.refusal;
    const { ServiceCode, NextToken = '0' } = command.input as sdk.ListServiceQuotasCommandInput;
    const all = Object.entries(this.values).map(([QuotaName, Value]) => ({ ServiceCode, QuotaName, Value }));
    const next = Number(NextToken) + PAGE;
    return { Quotas: all.slice(Number(NextToken), next), NextToken: next < all.length ? String(next) : undefined };
  };
}
