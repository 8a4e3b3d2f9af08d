/**
 * Clients whose calls end with the activity attempt that makes them: when it is cancelled, when its worker shuts down, and
 * before its time is up. A connection that hangs would else keep the attempt's slot for as long as it hangs.
 * @module
 */
import { Context } from '@temporalio/activity';
import type { AwsClients } from '../aws/clients.js';
import type { Deps } from './deps.js';

/** Of an attempt's time: the rest is for saying what was not answered. */
const SHARE_FOR_CALLS = 0.9;

export const interruptible = (deps: Deps): Deps => ({
  ...deps,
  sageMaker: ending(deps.sageMaker),
  runtime: ending(deps.runtime),
  s3: ending(deps.s3),
  s3Vectors: ending(deps.s3Vectors),
  logs: ending(deps.logs),
  autoScaling: ending(deps.autoScaling),
  quotas: ending(deps.quotas),
  bedrock: ending(deps.bedrock),
  bedrockJobs: ending(deps.bedrockJobs),
  secrets: ending(deps.secrets),
  parameters: ending(deps.parameters),
  sns: ending(deps.sns),
  ses: ending(deps.ses),
});

interface Sender {
  send(command: object, options: { abortSignal: AbortSignal }): Promise<object>;
}

function ending<C extends AwsClients[keyof AwsClients]>(client: C): C {
  const send = (command: object) => (client as Sender).send(command, { abortSignal: endOfAttempt() });
  return { send } as C;
}

/** Aborted when the attempt is cancelled, and before its time is up. */
export function endOfAttempt(): AbortSignal {
  const { cancellationSignal, info } = Context.current();
  const mostMs = Math.max(1, Math.floor(info.startToCloseTimeoutMs * SHARE_FOR_CALLS));
  return AbortSignal.any([cancellationSignal, AbortSignal.timeout(mostMs)]);
}
