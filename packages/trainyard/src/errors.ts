/**
 * The one error class whose instances go out on the wire; anything else is a fault of the emulator (InternalFailure, 500).
 * @module
 */
export class AwsError extends Error {
  constructor(
    /** As in AWS's replies: ValidationException, ResourceInUse, ResourceNotFound, ResourceLimitExceeded, … */
    readonly code: string,
    message: string,
    readonly status = 400,
    /** Further members of the error shape, such as ModelError's OriginalStatusCode. */
    readonly members: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = 'AwsError';
  }
}

/** SageMaker's answer to almost everything that is wrong with a request, a missing resource included. */
export const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

/** AWS's answer to a role that it may not take on. */
export const cannotAssume = (roleArn: string, principal = 'sagemaker.amazonaws.com'): AwsError =>
  invalid(
    `Could not assume role ${roleArn}. Please ensure that the role exists and allows principal '${principal}' to assume the role.`,
  );
