/**
 * The door of events: any request, with and without the token. Only a whole event with the token signals anybody.
 * @module
 */
import { createBridge } from '../../src/events/bridge.js';
import { serveEvents } from '../../src/events/http.js';
import { judged, type Area, type Verdict } from './area.js';
import { anyRequest, exchange, isRefusal } from './wire.js';

const TOKEN = 'a token of the hostile suite';

export async function hostileBridge(inputs: number, seed: number): Promise<Verdict> {
  let signals = 0;
  const client = {
    withDeadline: (_: number, call: () => Promise<void>) => call(),
    workflow: { getHandle: () => ({ signal: async () => void (signals += 1) }) },
  };
  const server = await serveEvents(createBridge(client as never, 'http'), { port: 0, token: TOKEN });
  const port = Number(new URL(server.url).port);
  const event = JSON.stringify({
    source: 'aws.sagemaker',
    'detail-type': 'SageMaker Training Job State Change',
    detail: { TrainingJobName: 'attune-x-1', TrainingJobStatus: 'Completed' },
  });
  try {
    return await judged(
      anyRequest({ port, bodies: [event, event.slice(1), '[]', 'null'], secrets: [`Bearer ${TOKEN}x`, 'Bearer '] }),
      { count: inputs, seed, expected: 'a 4xx, no signal, and the next request is answered' },
      async (lines) => {
        const status = await exchange(port, lines);
        if (!isRefusal(status, lines)) return `status ${status}`;
        if (signals > 0) return 'a signal';
        return (await fetch(`${server.url}/health`)).ok ? undefined : 'no health any more';
      },
    );
  } finally {
    await server.close();
  }
}

export const bridgeArea: Area = { name: 'bridge', run: hostileBridge };
