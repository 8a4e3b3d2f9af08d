/**
 * The account's quotas of a service, as Service Quotas tells them. Whoever may not read them goes on without.
 * @module
 */
import { ListServiceQuotasCommand, type ServiceQuota, type ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { Quotas } from '../spec/quotas.js';

/** The most that a page takes: SageMaker has some thousands of quotas, many for each instance type. */
const PAGE = 100;

/** Those in force in the client's region; one that AWS tells no value of is left out. */
export async function quotasIn(
  client: Pick<ServiceQuotasClient, 'send'>,
  service: 'sagemaker' | 'bedrock' = 'sagemaker',
): Promise<Quotas> {
  const found: ServiceQuota[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListServiceQuotasCommand({ ServiceCode: service, MaxResults: PAGE, NextToken }));
    found.push(...(page.Quotas ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  return new Map(
    found.flatMap(({ QuotaName, Value }) => (QuotaName && Value !== undefined ? [[QuotaName, Value]] : [])),
  );
}
