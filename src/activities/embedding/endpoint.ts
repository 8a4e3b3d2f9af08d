/**
 * The endpoint that embeds: what it serves, and that it has served the same all the while.
 * @module
 */
import { DescribeEndpointConfigCommand, DescribeModelCommand } from '@aws-sdk/client-sagemaker';
import type { EmbeddedBy } from '../../run/run.js';
import { fail } from '../../spec/failures.js';
import { problem, type Problem } from '../../spec/problem.js';
import { calling } from '../call.js';
import type { Deps } from '../deps.js';
import { describeEndpoint, type EndpointState } from '../incumbent.js';

export type Asked = NonNullable<EmbeddedBy['endpoint']>;

/** Whoever made the endpoint. @returns the fault, where it cannot be asked */
export async function servedBy(deps: Deps, name: string): Promise<Asked | Problem> {
  return calling(`looking at endpoint ${name}`, deps, async () => {
    const state = await describeEndpoint(deps, name);
    if (state === null) return problem('endpoint', name, 'an endpoint of this account and region', 'check the name');
    if (state.status !== 'InService') {
      const rule = `an endpoint that is InService: it is ${state.status}`;
      return problem('endpoint', name, rule, 'wait until it is, and start again');
    }
    const { configName } = state;
    const config = await deps.sageMaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: configName }));
    const { ModelName } = config.ProductionVariants?.[0] ?? {};
    const model = ModelName && (await deps.sageMaker.send(new DescribeModelCommand({ ModelName })));
    return { name, configName, modelDataUrl: (model && model.PrimaryContainer?.ModelDataUrl) || undefined };
  });
}

/**
 * @returns when SageMaker last changed it: the same before and after means that nothing else has answered in between
 * @throws  ContentChanged (final) where another model serves by now; Unavailable (tried again) while it is changed
 */
export async function stillServing(deps: Deps, { name, configName }: Asked): Promise<string | undefined> {
  const state: EndpointState | null = await calling(`looking at endpoint ${name}`, deps, () =>
    describeEndpoint(deps, name),
  );
  if (state === null) throw changed(name, 'it is not there any more');
  // While it is updated, some requests are answered by the model that comes.
  if (state.status !== 'InService') throw fail('Unavailable', `endpoint ${name} is ${state.status}`);
  if (state.configName !== configName) {
    throw changed(
      name,
      `it serves config ${state.configName} now, and the texts so far were embedded by ${configName}`,
    );
  }
  return state.changedAt;
}

const changed = (name: string, why: string) =>
  fail('ContentChanged', `endpoint ${name}: ${why}`, {
    mend: 'embed all texts by one model: start again with another output, or with --model',
  });
