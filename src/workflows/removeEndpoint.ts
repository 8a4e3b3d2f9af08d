/**
 * The endpoint of a version that does not serve, with its config and model entry. The model's archive stays in S3.
 * @module
 */
import type { Run } from '../activities/types.js';
import { aws } from './waits/activities.js';
import * as options from './waits/options.js';

/**
 * Gone already is gone. It is the endpoint that the version was made with, whichever spec's run did: a later one may have taken over.
 *
 * @throws NameTaken where it is not of attune's making
 */
export async function removeEndpoint(run: Run, endpoint: string): Promise<void> {
  const { pollSeconds, freshPollSeconds } = run.spec.timings;
  const { state } = await aws(options.cleanUp, `look at endpoint ${endpoint}`).readEndpoint({ endpoint });
  if (state === null) return;
  await aws(options.cleanUp, `delete endpoint ${endpoint}`).deleteEndpoint({ endpoint });
  let lastSeen: string | undefined;
  for (;;) {
    const now = await aws(options.wait(`waiting for endpoint ${endpoint} to go`)).awaitEndpoint({
      endpoint,
      lastSeen,
      pollMs: pollSeconds * 1000,
      freshPollMs: freshPollSeconds * 1000,
      woken: false,
    });
    if ('refused' in now) continue;
    if (now.status === 'Gone') break;
    lastSeen = now.key;
  }
  await aws(options.cleanUp, `remove config ${state.configName}`).removeSuperseded({ configName: state.configName });
}
