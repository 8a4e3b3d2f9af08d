import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { autoscalingOperations } from '../../src/autoscaling.js';
import { BatchJobs } from '../../src/bedrock/batchJobs.js';
import type { Context } from '../../src/context.js';
import { hostingOperations } from '../../src/hosting/index.js';
import { processingOperations } from '../../src/jobs/processing.js';
import type { Jobs } from '../../src/jobs/supervisor.js';
import { trainingOperations } from '../../src/jobs/training.js';
import { logOperations } from '../../src/logs.js';
import { quotaOperations } from '../../src/quotas.js';
import { registryOperations } from '../../src/registry.js';
import { s3VectorsOperations } from '../../src/s3vectors/index.js';
import { tagOperations } from '../../src/tags.js';
import type { Tuner } from '../../src/tuning/tuner.js';
import { tuningOperations } from '../../src/tuning/tuning.js';

test('the README names every operation that is spoken, and none besides', () => {
  const spoken = Object.keys({
    ...trainingOperations({} as Jobs),
    ...processingOperations({} as Jobs),
    ...tuningOperations({} as Tuner),
    ...hostingOperations,
    ...registryOperations,
    ...tagOperations,
    ...autoscalingOperations,
    ...logOperations,
    ...quotaOperations,
    ...new BatchJobs({} as Context, () => Promise.resolve({})).operations,
    ...s3VectorsOperations({ stateDir: tmpdir() }),
    InvokeEndpoint: undefined,
  });
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

  const named = /^## Operations\n(.*?)^## /ms.exec(readme)?.[1]?.match(/\b[A-Z][a-z]+(?:[A-Z][A-Za-z]+)+\b/g) ?? [];

  expect(named.filter((name) => !['SageMaker', 'CloudWatch'].includes(name)).sort()).toEqual(spoken.sort());
});
