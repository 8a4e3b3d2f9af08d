/**
 * What `attune sweep` takes for left over, in words.
 * @module
 */
/** Stands in `--help`. */
export const SWEEP_RULE = `
Looks at what attune's tags mark in the account and region of the credentials in use:
  training and processing jobs in progress   are stopped
  endpoints, endpoint configs, models        are removed
where the run that the tags name has ended, in this Temporal namespace.

A deployed endpoint is owned by being deployed: one whose run ended as done, whose last
deployment was verified, or that was changed by a later run is never touched, nor is what it
serves with. An endpoint is left over only when the run that made it ended otherwise and no
other run changed it. Runs that Temporal does not know (forgotten, or of another namespace)
are listed, and removed only with --include-unknown; even then no endpoint in service is.

Folders in S3 (ATTUNE_BUCKET) of runs that ended otherwise than done or rejected are listed
with their size, and removed with --delete --scratch only, which needs s3:DeleteObject. A
folder stays where the model in it was evaluated, where any model entry of the account is
made from it, or where a job of the run has not ended yet.`;
