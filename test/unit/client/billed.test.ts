import { afterEach, expect, test, vi } from 'vitest';
import { billedByNobody } from '../../../src/client/billed.js';

afterEach(() => vi.unstubAllEnvs());

test('a server of one’s own bills nothing, AWS does; nobody is asked', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_SAGEMAKER', '');
  expect(await billedByNobody({ AWS_REGION: 'eu-west-1' })).toBeUndefined();

  vi.stubEnv('AWS_ENDPOINT_URL_SAGEMAKER', 'http://127.0.0.1:22099');
  expect(await billedByNobody({ AWS_REGION: 'eu-west-1' })).toBe('http://127.0.0.1:22099');
});
