/**
 * Application Auto Scaling as far as attune uses it: targets with their policies, by the endpoint's name.
 * @module
 */
import type * as sdk from '@aws-sdk/client-application-auto-scaling';
import { awsError } from './awsError.js';
import { refuseAsAwsDoes } from './awsRefusals.js';

const OPERATIONS = [
  'DescribeScalableTargets',
  'RegisterScalableTarget',
  'PutScalingPolicy',
  'DescribeScalingPolicies',
  'DeregisterScalableTarget',
];

interface Target {
  min?: number;
  max?: number;
  policies: Record<string, sdk.PutScalingPolicyCommandInput>;
}

export class FakeAutoScaling {
  readonly targets: Record<string, Target> = {};
  private refused: string[] = [];

  /** These operations lack a permission. */
  withoutPermission(...operations: string[]): void {
    this.refused = operations;
  }
  register(endpoint: string): void {
    this.targets[endpoint] = { policies: {} };
  }

  send = async (command: { input: { ResourceId?: string } }): Promise<object> => {
    const operation = command.constructor.name.replace(/Command$/, '');
    if (!OPERATIONS.includes(operation)) throw new Error(`the fake autoscaling does not know ${operation}`);
    refuseAsAwsDoes('application-autoscaling', OPERATIONS, operation, command.input);
    if (this.refused.includes(operation)) {
      const what = `application-autoscaling:${operation}`;
      throw awsError('AccessDeniedException', `User: worker is not authorized to perform: ${what}`);
    }
    const { ResourceIds = [command.input.ResourceId] } = command.input as sdk.DescribeScalableTargetsCommandInput;
    const endpoint = ResourceIds[0]?.split('/')[1] ?? '';
    const target = this.targets[endpoint];
    switch (operation) {
      case 'DescribeScalableTargets':
        return { ScalableTargets: target ? [{ MinCapacity: target.min, MaxCapacity: target.max }] : [] };
      case 'DescribeScalingPolicies':
        return { ScalingPolicies: Object.values(target?.policies ?? {}) };
      case 'RegisterScalableTarget': {
        const { MinCapacity, MaxCapacity } = command.input as sdk.RegisterScalableTargetCommandInput;
        this.targets[endpoint] = { policies: {}, ...target, min: MinCapacity, max: MaxCapacity };
        return {};
      }
      case 'PutScalingPolicy': {
        if (!target) throw awsError('ObjectNotFoundException', `No scalable target registered for ${endpoint}`);
        const input = command.input as sdk.PutScalingPolicyCommandInput;
        target.policies[input.PolicyName!] = input;
        return {};
      }
      default:
        if (!target) throw awsError('ObjectNotFoundException', `No scalable target found for ${endpoint}`);
        delete this.targets[endpoint];
        return {};
    }
  };
}
