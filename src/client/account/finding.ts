/**
 * What `attune doctor` says of one thing that it has looked at.
 * @module
 */
import { AttuneError } from '../../spec/attuneError.js';
import { fromAws } from '../aws.js';
import { refusalOfTemporal } from '../connectionFault.js';

export interface Finding {
  /** What was looked at: "Temporal server", "bucket". */
  check: string;
  ok: boolean;
  /** What there is, or what is wrong with it. */
  found: string;
  /** What to do, where something is wrong; of what is well, what would be better. */
  fix?: string;
  /** @deprecated the same as `fix`, which it is called from this version on */
  mend?: string;
}

/** With what to do under both names. */
export const named = (finding: Finding): Finding => ({ ...finding, ...(finding.mend && { fix: finding.mend }) });

export async function looked(check: string, look: () => string | Promise<string>): Promise<Finding> {
  try {
    return { check, ok: true, found: await look() };
  } catch (error) {
    return wrong(check, error);
  }
}

export function wrong(check: string, thrown: unknown): Finding {
  const error = refusalOfTemporal(thrown);
  return {
    check,
    ok: false,
    found: (error as Error).message,
    mend: error instanceof AttuneError ? error.mend : undefined,
  };
}

/** SageMaker is answered by another server than AWS, and what was to be looked at is AWS's alone. */
export class NotOfThisServer extends Error {}

/**
 * A look that runs do not depend on: where it is refused, nothing is known, and nothing is wrong.
 *
 * @param action  of IAM, that it takes
 */
export async function ifAllowed(check: string, action: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (thrown) {
    if (thrown instanceof NotOfThisServer) return [];
    const { message } = fromAws(thrown, 'looking') as Error;
    return [
      { check, ok: true, found: `not looked at: ${message}`, mend: `allow ${action} to see it here; runs do without` },
    ];
  }
}
