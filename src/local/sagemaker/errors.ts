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
