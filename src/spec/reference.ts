/**
 * Where a secret lies that the workers need: a key of a server, the address of a webhook. It is resolved for each use and kept
 * nowhere; the reference itself may stand in histories.
 * @module
 */
import { z } from 'zod';

export const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+$/;
export const PARAMETER = /^(arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:parameter\/)?[\w./-]+$/;

const secret = z.strictObject({
  secretArn: z.string().max(2048).describe('ARN of a secret in Secrets Manager'),
  key: z.string().min(1).max(256).optional().describe('Of a secret that is JSON: the key whose value is meant'),
});
const parameter = z.strictObject({
  parameter: z.string().max(2048).describe('Name or ARN of a parameter of Systems Manager'),
});
/** Named for the purpose, so that no other variable of the worker can be meant. */
const variable = z.strictObject({
  variable: z
    .string()
    .regex(/^ATTUNE_INDEX_[A-Z0-9_]{1,64}$/, 'ATTUNE_INDEX_ and capitals')
    .describe('Variable of the environment of worker and command line, ATTUNE_INDEX_…'),
});

/** @param what  a noun with its article: what has no place in a spec */
export const referenceSchema = (what: string) =>
  z.union([secret, parameter], { error: `{secretArn: …} or {parameter: …}: ${what} has no place in a spec` });

export const storeReferenceSchema = z.union([secret, parameter, variable], {
  error: '{secretArn: …}, {parameter: …} or {variable: …}: an address with a password has no place in a spec',
});

export type Reference = z.output<ReturnType<typeof referenceSchema>>;
export type StoreReference = z.output<typeof storeReferenceSchema>;

/** What is wrong with the form of a reference: which of its keys, its value, what was expected, what to do. */
export function faultOfReference(
  reference: Reference,
): { key: string; value: string; rule: string; mend: string } | undefined {
  if ('parameter' in reference)
    return PARAMETER.test(reference.parameter)
      ? undefined
      : {
          key: 'parameter',
          value: reference.parameter,
          rule: 'the name or ARN of a parameter',
          mend: 'copy it from its page',
        };
  return SECRET_ARN.test(reference.secretArn)
    ? undefined
    : {
        key: 'secretArn',
        value: reference.secretArn,
        rule: 'the ARN of a secret, not its name',
        mend: 'copy the ARN from its page',
      };
}
