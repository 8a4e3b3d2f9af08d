/**
 * An endpoint as DescribeEndpoint shows it.
 * @module
 */
import { seconds } from '../context.js';
import type { EndpointRecord, Fleet, Variant } from './records.js';

export function describeEndpoint(record: EndpointRecord): object {
  const { serving, pending, retiring: _retiring, rollout: _rollout, shift: _shift, ...members } = record;
  return {
    ...members,
    ProductionVariants: serving?.variants.map((variant) => servingVariant(record, variant)),
    PendingDeploymentSummary: pending && {
      EndpointConfigName: pending.configName,
      StartTime: pending.startTime,
      ProductionVariants: pending.variants.map((variant) => pendingVariant(record, pending, variant)),
    },
  };
}

function servingVariant({ EndpointStatus, serving, pending }: EndpointRecord, variant: Variant): object {
  const wanted =
    pending?.configName === serving?.configName
      ? pending?.variants.find(({ name }) => name === variant.name)
      : undefined;
  return {
    VariantName: variant.name,
    DeployedImages: deployedImages(variant, serving),
    CurrentWeight: variant.weight,
    DesiredWeight: (wanted ?? variant).weight,
    ...capacityOf(variant, (wanted ?? variant).instances.length),
    VariantStatus:
      EndpointStatus === 'Updating' || EndpointStatus === 'RollingBack'
        ? [{ Status: 'Updating', StartTime: pending?.startTime }]
        : undefined,
  };
}

function pendingVariant({ rollout, shift }: EndpointRecord, fleet: Fleet, variant: Variant): object {
  const step = shift && rollout?.steps[shift.step];
  return {
    VariantName: variant.name,
    DeployedImages: deployedImages(variant, fleet),
    CurrentWeight: (step?.share ?? 0) * variant.weight,
    DesiredWeight: variant.weight,
    ...capacityOf(variant, variant.instances.length, step ? variant.instances.length : 0),
    InstanceType: variant.instanceType,
    VariantStatus: [
      step && shift
        ? { Status: step.phase, StartTime: seconds(shift.since) }
        : { Status: 'Creating', StartTime: fleet.startTime },
    ],
  };
}

/** A serverless variant has a size instead of instances. */
const capacityOf = ({ serverless, instances, pools }: Variant, desired: number, current = instances.length): object =>
  serverless
    ? { CurrentServerlessConfig: serverless, DesiredServerlessConfig: serverless }
    : {
        CurrentInstanceCount: current,
        DesiredInstanceCount: desired,
        InstancePools: pools?.map((InstanceType, i) => ({
          InstanceType,
          CurrentInstanceCount: i === 0 ? current : 0,
        })),
      };

const deployedImages = ({ image }: Variant, fleet: Fleet | undefined): object[] => [
  { SpecifiedImage: image, ResolvedImage: image, ResolutionTime: fleet?.startTime },
];
