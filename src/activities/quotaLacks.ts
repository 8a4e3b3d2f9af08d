/**
 * What the account's quotas keep a run from, before anything of it is paid.
 * @module
 */
import { Context } from '@temporalio/activity';
import { inWords } from '../aws/errors.js';
import { quotasIn } from '../aws/quotas.js';
import { fail } from '../spec/failures.js';
import { lackInWords, lacksOf, mendOfLacks, needsOf, type Quotas } from '../spec/quotas.js';
import type { FineTuneSpec } from '../spec/schema.js';
import type { Deps } from './deps.js';

/**
 * Quotas that cannot be read hold nothing up: AWS then says at each start what is missing.
 *
 * @throws QuotaExceeded (final): no waiting helps, because a quota is below what one job, or the endpoint, needs
 */
export async function requireQuotas(deps: Deps, spec: FineTuneSpec): Promise<void> {
  const quotas = await quotasIfAny(deps);
  const lacks = quotas ? lacksOf(needsOf(spec), quotas) : [];
  if (lacks.length === 0) return;
  throw fail('QuotaExceeded', `checking quotas: ${lacks.map(lackInWords).join('; ')}`, {
    mend: mendOfLacks(lacks),
    details: [lacks],
  });
}

async function quotasIfAny({ quotas }: Deps): Promise<Quotas | undefined> {
  const { cancellationSignal, log } = Context.current();
  try {
    return await quotasIn(quotas);
  } catch (error) {
    cancellationSignal.throwIfAborted();
    const told = inWords(error, 'reading quotas')?.message ?? (error as Error).message;
    log.warn(`${told}; the run continues without. servicequotas:ListServiceQuotas lets them be checked before it`);
    return undefined;
  }
}
