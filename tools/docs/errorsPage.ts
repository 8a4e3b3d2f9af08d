/**
 * docs/errors.md: every way a run can fail, what comes after it, and which errors of AWS lead to it. Made from the table of
 * failures and from what the worker's own mapping answers.
 * @module
 */
import { toFailure } from '../../src/aws/errors.js';
import { FAILURES } from '../../src/spec/failures.js';

const INTRODUCTION = `\
<!-- Made from src/spec/failures.ts and src/aws/errors.ts by \`npm run docs\`; a test holds them equal. -->

# Errors: what each one means, and what to do

After this page you can tell from an error's name whether another try helps, what to do, and what a script gets to see.

A failed run says what was being done, to which resource, what came back, and what to do next:

    starting training job attune-support-search-train-7f3a1b: ResourceLimitExceeded (… limit … is 0 Instances …). Next: ask for the quota, or choose another instance type

The name stands in the Temporal UI as the failure's type, and in \`attune show RUN --json\` as \`failure.type\`.
*Tried again* means that Temporal repeats the call by itself, for as long as the stage has time; the others end the run.
The exit code is that of \`attune submit --watch\` and \`attune watch\`.
`;

/** How AWS's errors look to a client: name and text, or the code of a socket. */
const EXAMPLES: { name: string; message?: string; shown?: string; socket?: true }[] = [
  { name: 'ExpiredTokenException' },
  { name: 'UnrecognizedClientException' },
  { name: 'InvalidSignatureException' },
  { name: 'CredentialsProviderError' },
  { name: 'AccessDeniedException' },
  { name: 'AccessDenied' },
  { name: 'ValidationException', message: 'Could not assume role', shown: '"Could not assume role …"' },
  { name: 'ValidationException', message: 'Could not find model', shown: '"Could not find …"' },
  { name: 'ResourceNotFound' },
  { name: 'NoSuchBucket' },
  { name: 'NoSuchKey' },
  { name: 'ValidationException', message: 'already exists', shown: '"… already exists …"' },
  { name: 'ResourceInUse' },
  { name: 'ResourceLimitExceeded', message: 'limit is 4 Instances', shown: 'where other jobs fill the quota' },
  {
    name: 'ResourceLimitExceeded',
    message: "limit 'ml.g5.xlarge for training job usage' is 0 Instances, and a request delta of 1",
    shown: 'where the quota is less than what was asked for',
  },
  { name: 'ThrottlingException' },
  { name: 'TooManyRequestsException' },
  { name: 'SlowDown' },
  { name: 'InternalFailure' },
  { name: 'ServiceUnavailable' },
  { name: 'ECONNREFUSED', socket: true },
  { name: 'ETIMEDOUT', socket: true },
  { name: 'ENOTFOUND', socket: true },
  { name: 'ValidationException', message: 'a member is missing', shown: 'with any other text' },
];

export function errorsPage(): string {
  const failures = Object.entries(FAILURES).map(
    ([type, { final, exitCode, mend }]) => `| \`${type}\` | ${final ? 'no' : 'yes'} | ${exitCode} | ${mend} |`,
  );
  return [
    INTRODUCTION,
    '## Every failure\n',
    '| Name | Tried again | Exit code | What to do |',
    '|---|---|---|---|',
    ...failures,
    '',
    '## What AWS says, and what it becomes\n',
    'AWS names one thing in several ways and several things in one; a `ValidationException` is told apart by its text. An',
    'access error on a role or policy that is new is tried again for some minutes first: it may only be slow to arrive.\n',
    '| From AWS | becomes |',
    '|---|---|',
    ...[...byFailure()].map(([type, names]) => `| ${names.join(', ')} | \`${type}\` |`),
    '',
  ].join('\n');
}

/** What the worker makes of each example, in the order of the table of failures. */
function byFailure(): Map<string, string[]> {
  const found = new Map<string, string[]>(Object.keys(FAILURES).map((type) => [type, []]));
  for (const { name, message = name, shown, socket } of EXAMPLES) {
    const facts = socket ? { name: 'Error', code: name } : { name, $metadata: {} };
    const { type } = toFailure(Object.assign(new Error(message), facts), 'calling AWS');
    found.get(type ?? '')?.push(`\`${name}\`${shown ? ` ${shown}` : ''}`);
  }
  return new Map([...found].filter(([, names]) => names.length > 0));
}
