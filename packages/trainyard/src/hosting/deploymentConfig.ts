/**
 * A DeploymentConfig: its rules, and the steps in which it moves the traffic.
 * @module
 */
import { instancesOf, type Fleet, type Rollout, type Step } from './records.js';

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
  AutoRollbackConfiguration?: { Alarms?: { AlarmName?: string }[] };
}

/** The rule that the config breaks, as a sentence. */
export function deploymentProblem(config: DeploymentConfig, fleet: Fleet): string | undefined {
  const { BlueGreenUpdatePolicy, RollingUpdatePolicy } = config;
  if (BlueGreenUpdatePolicy && RollingUpdatePolicy) {
    return 'DeploymentConfig has BlueGreenUpdatePolicy and RollingUpdatePolicy: expected one of them.';
  }
  if (RollingUpdatePolicy) {
    return 'RollingUpdatePolicy is not served by the local SageMaker: expected BlueGreenUpdatePolicy.';
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
  if (routing.Type === 'LINEAR' && percent < 10) {
    return `LinearStepSize is ${percent} % of ${instances} instances: expected at least 10 %.`;
  }
  const steps = { ALL_AT_ONCE: 1, CANARY: 2, LINEAR: Math.ceil(100 / percent) }[routing.Type];
  const waits = steps * routing.WaitIntervalInSeconds + TerminationWaitInSeconds;
  if (timeout !== undefined && timeout <= waits) {
    return `MaximumExecutionTimeoutInSeconds is ${timeout}: expected more than all waits together (${waits} s).`;
  }
  return undefined;
}

/** @returns undefined where the traffic moves at once and nothing is watched */
export function rolloutOf(config: DeploymentConfig | undefined, fleet: Fleet): Rollout | undefined {
  if (!config?.BlueGreenUpdatePolicy) return undefined;
  const { TrafficRoutingConfiguration: routing, TerminationWaitInSeconds = 0 } = config.BlueGreenUpdatePolicy;
  const size = { ALL_AT_ONCE: undefined, CANARY: routing.CanarySize, LINEAR: routing.LinearStepSize }[routing.Type];
  const first = size ? percentOf(size, instancesOf(fleet).length) / 100 : 1;
  const count = { ALL_AT_ONCE: 1, CANARY: 2, LINEAR: Math.ceil(1 / first) }[routing.Type];
  const shares = Array.from({ length: count }, (_, i) => (i === count - 1 ? 1 : first * (i + 1)));
  return {
    steps: [
      ...shares.map((share) => ({ share, phase: phaseOf(share), waitMs: routing.WaitIntervalInSeconds * 1000 })),
      ...(TerminationWaitInSeconds > 0
        ? [{ share: 1, phase: phaseOf(1), waitMs: TerminationWaitInSeconds * 1000 }]
        : []),
    ],
    alarms: (config.AutoRollbackConfiguration?.Alarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []),
  };
}

const phaseOf = (share: number): Step['phase'] => (share < 1 ? 'ActivatingTraffic' : 'Baking');

const percentOf = ({ Type, Value }: CapacitySize, instances: number): number =>
  Type === 'CAPACITY_PERCENT' ? Value : Math.round((100 * Value) / instances);
