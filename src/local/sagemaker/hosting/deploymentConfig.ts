/**
 * The rules of a DeploymentConfig. Whatever it asks for, local traffic moves all at once, when the new fleet is healthy.
 * @module
 */
import { instancesOf, type Fleet } from './records.js';

interface CapacitySize {
  Type: 'INSTANCE_COUNT' | 'CAPACITY_PERCENT';
  Value: number;
}

export interface DeploymentConfig {
  BlueGreenUpdatePolicy?: {
    TrafficRoutingConfiguration: {
      Type: 'ALL_AT_ONCE' | 'CANARY' | 'LINEAR';
      WaitIntervalInSeconds: number;
      CanarySize?: CapacitySize;
      LinearStepSize?: CapacitySize;
    };
    TerminationWaitInSeconds?: number;
    MaximumExecutionTimeoutInSeconds?: number;
  };
  RollingUpdatePolicy?: object;
}

/** The rule that the config breaks, as a sentence. */
export function deploymentProblem(config: DeploymentConfig, fleet: Fleet): string | undefined {
  const { BlueGreenUpdatePolicy, RollingUpdatePolicy } = config;
  if (BlueGreenUpdatePolicy && RollingUpdatePolicy) {
    return 'DeploymentConfig has BlueGreenUpdatePolicy and RollingUpdatePolicy: expected one of them.';
  }
  if (!BlueGreenUpdatePolicy) return undefined;
  const { TrafficRoutingConfiguration: routing, TerminationWaitInSeconds = 0 } = BlueGreenUpdatePolicy;
  const { MaximumExecutionTimeoutInSeconds: timeout } = BlueGreenUpdatePolicy;
  const instances = instancesOf(fleet).length;
  const step = routing.Type === 'CANARY' ? routing.CanarySize : routing.LinearStepSize;
  const member = routing.Type === 'CANARY' ? 'CanarySize' : 'LinearStepSize';
  if (routing.Type !== 'ALL_AT_ONCE' && !step)
    return `TrafficRoutingConfiguration of type ${routing.Type}: expected ${member}.`;
  const percent = step ? percentOf(step, instances) : 100;
  if (routing.Type !== 'ALL_AT_ONCE' && percent > 50) {
    return `${member} is ${percent} % of ${instances} instances: expected at most 50 %.`;
  }
  const steps = { ALL_AT_ONCE: 1, CANARY: 2, LINEAR: Math.ceil(100 / percent) }[routing.Type];
  const waits = steps * routing.WaitIntervalInSeconds + TerminationWaitInSeconds;
  if (timeout !== undefined && timeout <= waits) {
    return `MaximumExecutionTimeoutInSeconds is ${timeout}: expected more than all waits together (${waits} s).`;
  }
  return undefined;
}

const percentOf = ({ Type, Value }: CapacitySize, instances: number): number =>
  Type === 'CAPACITY_PERCENT' ? Value : Math.round((100 * Value) / instances);
