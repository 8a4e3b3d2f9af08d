/**
 * Which runs made the models that are in service now: AWS's word, not the runs' own.
 * @module
 */
import { DescribeEndpointCommand, type SageMakerClient } from '@aws-sdk/client-sagemaker';
import { isNotFound } from '../../aws/errors.js';
import { fromAws } from '../aws.js';
import type { RunSummary } from './list.js';

/** Asks once for each endpoint that a run put its model into. */
export async function inService(
  runs: readonly RunSummary[],
  sageMaker: Pick<SageMakerClient, 'send'>,
): Promise<RunSummary[]> {
  const names = new Set(runs.flatMap(({ endpoint }) => (endpoint ? [endpoint.name] : [])));
  const serving = new Map(
    await Promise.all([...names].map(async (name) => [name, await configOf(sageMaker, name)] as const)),
  );
  return runs
    .filter(({ endpoint }) => endpoint && serving.get(endpoint.name) === endpoint.configName)
    .map((run) => ({ ...run, serves: true }));
}

/** The config that an endpoint serves; undefined where there is no such endpoint. */
async function configOf(sageMaker: Pick<SageMakerClient, 'send'>, endpoint: string): Promise<string | undefined> {
  try {
    const { EndpointConfigName } = await sageMaker.send(new DescribeEndpointCommand({ EndpointName: endpoint }));
    return EndpointConfigName;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw fromAws(error, `looking at endpoint ${endpoint}`);
  }
}
