/**
 * An endpoint as DescribeEndpoint shows it.
 * @module
 */
import type { EndpointRecord, Fleet, Variant } from './records.js';

export function describeEndpoint(record: EndpointRecord): object {
  const { serving, pending, retiring: _retiring, ...members } = record;
  return {
    ...members,
    ProductionVariants: serving?.variants.map((variant) => servingVariant(record, variant)),
    PendingDeploymentSummary: pending && {
      EndpointConfigName: pending.configName,
      StartTime: pending.startTime,
      ProductionVariants: pending.variants.map((variant) => pendingVariant(pending, variant)),
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
    CurrentInstanceCount: variant.instances.length,
    DesiredInstanceCount: (wanted ?? variant).instances.length,
    VariantStatus: EndpointStatus === 'Updating' ? [{ Status: 'Updating', StartTime: pending?.startTime }] : undefined,
  };
}

const pendingVariant = (fleet: Fleet, variant: Variant): object => ({
  VariantName: variant.name,
  DeployedImages: deployedImages(variant, fleet),
  CurrentWeight: 0,
  DesiredWeight: variant.weight,
  CurrentInstanceCount: 0,
  DesiredInstanceCount: variant.instances.length,
  InstanceType: variant.instanceType,
  VariantStatus: [{ Status: 'Creating', StartTime: fleet.startTime }],
});

const deployedImages = ({ image }: Variant, fleet: Fleet | undefined): object[] => [
  { SpecifiedImage: image, ResolvedImage: image, ResolutionTime: fleet?.startTime },
];
