import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { createAwsActivities, type Deps } from '../../src/activities/index.js';
import { CONTROL_PLANE } from '../../src/aws/clients.js';
import { inActivity } from '../support/inActivity.js';

const ATTEMPT_MS = 1_000;

test('a connection that hangs is given up before the attempt is over, in words', async () => {
  const silent = createServer(); // accepts, and never answers
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
  const sageMaker = new SageMakerClient({ endpoint, region: 'us-east-1', credentials, ...CONTROL_PLANE });
  const { lookAtJob } = createAwsActivities({ sageMaker } as unknown as Deps);
  const began = Date.now();
  try {
    const look = inActivity(lookAtJob, { kind: 'training', name: 'x' }, { startToCloseTimeoutMs: ATTEMPT_MS });

    await expect(look).rejects.toMatchObject({
      type: 'Unavailable',
      nonRetryable: false,
      message: expect.stringContaining('looking at training job x'),
    });
    expect(Date.now() - began).toBeGreaterThanOrEqual(ATTEMPT_MS / 2);
  } finally {
    sageMaker.destroy();
    silent.close();
  }
});
