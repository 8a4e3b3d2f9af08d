/**
 * Whether the account's quotas are enough for a spec.
 * @module
 */
import type { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { quotasIn } from '../../aws/quotas.js';
import { lackInWords, lacksOf, mendOfLacks, needsOf, shortOf, type Lack } from '../../spec/quotas.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import type { Finding } from './finding.js';

/** @param given  a person wrote this spec: what it lacks is wrong. Of the defaults alone it is only said */
export async function quotaFindings(
  client: Pick<ServiceQuotasClient, 'send'>,
  { spec, given }: { spec: FineTuneSpec; given: boolean },
): Promise<Finding[]> {
  const quotas = await quotasIn(client);
  const needs = needsOf(spec);
  const whose = given ? '' : ' of a spec that says nothing of instances';
  const found = (lack: Lack, ok: boolean, mend: string): Finding => ({
    check: 'quotas',
    ok,
    found: lackInWords(lack),
    mend,
  });
  const lacks = lacksOf(needs, quotas).map((lack) => found(lack, !given, mendOfLacks([lack])));
  const short = shortOf(needs, quotas).map((lack) =>
    found(lack, true, 'nothing: a run continues with the next in its list'),
  );
  if (lacks.length > 0) return [...lacks, ...short];
  const fields = [...new Set(needs.map(({ field }) => field))].join(', ');
  return [{ check: 'quotas', ok: true, found: `none that is told is too small for ${fields}${whose}` }, ...short];
}
