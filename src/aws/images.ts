/**
 * Container images of AWS's Deep Learning Containers.
 * Source: aws/sagemaker-python-sdk image_uri_config and aws/deep-learning-containers docs, vendored 2026-11. One table, no look-up at run time.
 * @module
 */
import { hasGpu } from '../spec/instances.js';

export type ImagePurpose = 'job' | 'inference';
export type Processor = 'cpu' | 'gpu';

/** A pair whose sentence-transformers 6 reads what the other wrote: transformers 5 on both sides. */
const IMAGES: Record<ImagePurpose, Record<Processor, { repository: string; tag: string }>> = {
  job: {
    cpu: { repository: 'pytorch-training', tag: '2.10.0-cpu-py313-ubuntu22.04-sagemaker' },
    gpu: {
      repository: 'huggingface-pytorch-training',
      tag: '2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04',
    },
  },
  inference: {
    cpu: { repository: 'huggingface-pytorch-inference', tag: '2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04' },
    gpu: { repository: 'huggingface-pytorch-inference', tag: '2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04' },
  },
};

/**
 * The machine image whose driver (550, CUDA 12.4) is made for the GPU image above; SageMaker's own choice for some types has
 * driver 470. Source: InferenceAmiVersion in AWS's service model (botocore 1.44.5).
 */
export const INFERENCE_AMI = 'al2-ami-sagemaker-inference-gpu-3-1';

const COMMON_ACCOUNT = '763104351884';
const COMMON_REGIONS = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1', 'eu-central-1', 'eu-north-1'],
  ...['eu-west-1', 'eu-west-2', 'eu-west-3', 'ap-northeast-1', 'ap-northeast-2', 'ap-south-1', 'ap-southeast-1'],
  'ap-southeast-2',
];

/** Regions that hold every image of the table. */
const EVERYTHING: Record<string, string> = {
  ...Object.fromEntries(COMMON_REGIONS.map((region) => [region, COMMON_ACCOUNT])),
  'af-south-1': '626614931356',
  'ap-east-1': '871362719292',
  'ap-northeast-3': '364406365360',
  'ap-southeast-3': '907027046896',
  'ca-west-1': '204538143572',
  'eu-south-1': '692866216735',
  'il-central-1': '780543022126',
  'me-central-1': '914824155844',
  'me-south-1': '217643126080',
  'cn-north-1': '727897471807',
  'cn-northwest-1': '727897471807',
  'us-gov-east-1': '446045086412',
  'us-gov-west-1': '442386744353',
};

const INFERENCE_AND_PYTORCH: Record<string, string> = {
  'ap-south-2': '772153158452',
  'ap-southeast-4': '457447274322',
  'eu-central-2': '380420809688',
  'eu-south-2': '503227376785',
};

const PYTORCH_ALONE: Record<string, string> = {
  'ap-east-2': '975050140332',
  'ap-southeast-5': '550225433462',
  'ap-southeast-6': '633930458069',
  'ap-southeast-7': '590183813437',
  'mx-central-1': '637423239942',
};

const ACCOUNTS: Record<string, Record<string, string>> = {
  'pytorch-training': { ...EVERYTHING, ...INFERENCE_AND_PYTORCH, ...PYTORCH_ALONE },
  'huggingface-pytorch-inference': { ...EVERYTHING, ...INFERENCE_AND_PYTORCH },
  'huggingface-pytorch-training': EVERYTHING,
};

export const processorOf = (instanceType: string): Processor => (hasGpu(instanceType) ? 'gpu' : 'cpu');

export type ImageChoice = { ok: true; uri: string } | { ok: false; why: string; regions: string[] };

/** The image for a purpose on an instance type; where there is none, the regions that have one. */
export function imageFor(purpose: ImagePurpose, instanceType: string, region: string): ImageChoice {
  const { repository, tag } = IMAGES[purpose][processorOf(instanceType)];
  const accounts = ACCOUNTS[repository]!;
  const account = accounts[region];
  if (account === undefined) {
    return { ok: false, why: `AWS publishes no ${repository} image in ${region}`, regions: Object.keys(accounts) };
  }
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { ok: true, uri: `${account}.dkr.ecr.${region}.${domain}/${repository}:${tag}` };
}
