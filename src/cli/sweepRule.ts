/**
 * What `attune sweep` takes for left over, in words.
 * @module
 */
/** Stands in `--help`. */
export const SWEEP_RULE = `
Looks at what attune's tags mark in the account and region of the credentials in use:
  training, processing, tuning and batch
  jobs in progress                           are stopped
  endpoints, endpoint configs, models        are removed
where the very run that the tags name was found in this Temporal namespace, with all that
resets made of it, and is over. Each is looked at once more right before it goes.

A deployed endpoint is owned by being deployed: one that was verified (tag attune:deployed),
whose run ended as done, or that something else changed is never touched, nor is what it
serves with. An endpoint is left over only when the run that made it ended otherwise and
never verified it.

A run that is not found is unknown, not over:
  forgotten by Temporal after its retention  listed; jobs, configs, models and folders go
                                             with --include-unknown, of endpoints only those
                                             that never came into service
  of another Temporal namespace, or          listed, and touched by nothing: sweep in that
  Temporal does not answer for it            namespace, or once it answers

Folders in S3 (ATTUNE_BUCKET) of runs that ended otherwise than done or rejected are listed
with their size, and removed with --delete --scratch only, which needs s3:DeleteObject. A
folder stays where the model in it was evaluated, where any model entry of the account is
made from it, or where a job of the run has not ended yet.`;
