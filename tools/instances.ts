/**
 * Writes src/spec/instanceTable.ts: which instance types SageMaker takes for which work, by the enums of the AWS SDK's service
 * model, and what each of them is, by EC2's DescribeInstanceTypes as moto carries it: `npm run instances`
 * @module
 */
import { ProcessingInstanceType, ProductionVariantInstanceType, TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { provideConformancePython } from '../src/dev/toolchain/python.js';
import { projectRoot } from '../src/dev/toolchain/places.js';

interface Facts {
  vcpus: number;
  memoryGb: number;
  /** All local disks together; 0: none. */
  diskGb: number;
  gpus?: string;
}

/** What EC2 does not offer any more, or not by itself. Source: AWS's pages of these types, read 2026-11. */
const BY_HAND: Record<string, Facts> = {
  'ml.p2.xlarge': { vcpus: 4, memoryGb: 61, diskGb: 0, gpus: '1xK80' },
  'ml.p2.8xlarge': { vcpus: 32, memoryGb: 488, diskGb: 0, gpus: '8xK80' },
  'ml.p2.16xlarge': { vcpus: 64, memoryGb: 732, diskGb: 0, gpus: '16xK80' },
  'ml.p3.2xlarge': { vcpus: 8, memoryGb: 61, diskGb: 0, gpus: '1xV100' },
  'ml.p3.8xlarge': { vcpus: 32, memoryGb: 244, diskGb: 0, gpus: '4xV100' },
  'ml.p3.16xlarge': { vcpus: 64, memoryGb: 488, diskGb: 0, gpus: '8xV100' },
  'ml.dl1.24xlarge': { vcpus: 96, memoryGb: 768, diskGb: 4000 },
  'ml.p6e-gb200.36xlarge': { vcpus: 144, memoryGb: 960, diskGb: 22500, gpus: '4xGB200' },
};

/** As EC2 tells of a type, as far as it is read here. */
interface Described {
  VCpuInfo: { DefaultVCpus: number };
  MemoryInfo: { SizeInMiB: number };
  InstanceStorageInfo?: { TotalSizeInGB: number };
  GpuInfo?: { Gpus: { Count: number; Name: string }[] };
}

const { file: python } = await provideConformancePython({
  now: console.error,
  signal: new AbortController().signal,
});
const ask = 'import importlib.metadata as m, moto.ec2 as e; print(m.version("moto"), e.__path__[0])';
const [moto = '', folder = ''] = execFileSync(python, ['-c', ask], { encoding: 'utf8' }).trim().split(' ');
const described = JSON.parse(
  gunzipSync(readFileSync(path.join(folder, 'resources/instance_types.json.gz'))).toString(),
) as Record<string, Described>;

function factsOf(type: string): Facts {
  const found = described[type.replace(/^ml\./, '')];
  const facts = found === undefined ? BY_HAND[type] : asFacts(found);
  if (facts === undefined) throw new Error(`nobody tells of ${type}: look it up, and add it to BY_HAND`);
  return facts;
}

const asFacts = ({ VCpuInfo, MemoryInfo, InstanceStorageInfo, GpuInfo }: Described): Facts => ({
  vcpus: VCpuInfo.DefaultVCpus,
  memoryGb: MemoryInfo.SizeInMiB / 1024,
  diskGb: InstanceStorageInfo?.TotalSizeInGB ?? 0,
  gpus: GpuInfo?.Gpus.map(({ Count, Name }) => `${Count}x${Name.replaceAll(' ', '-')}`)[0],
});

const WORK: Record<string, readonly string[]> = {
  t: Object.values(TrainingInstanceType),
  p: Object.values(ProcessingInstanceType),
  h: Object.values(ProductionVariantInstanceType),
};
const types = [...new Set(Object.values(WORK).flat())].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
const rows = types.map((type) => {
  const work = Object.keys(WORK).filter((kind) => WORK[kind]!.includes(type));
  const { vcpus, memoryGb, diskGb, gpus = '' } = factsOf(type);
  return `${type} ${work.join('')} ${vcpus} ${memoryGb} ${diskGb} ${gpus}`.trim();
});

const { version: sdk } = createRequire(import.meta.url)('@aws-sdk/client-sagemaker/package.json') as {
  version: string;
};
writeFileSync(
  path.join(projectRoot, 'src/spec/instanceTable.ts'),
  `/**
 * Written by \`npm run instances\` on ${new Date().toISOString().slice(0, 10)}: do not edit.
 * Types and work: the enums TrainingInstanceType, ProcessingInstanceType and ProductionVariantInstanceType of
 * the AWS SDK for JavaScript, client-sagemaker ${sdk}. Sizes: EC2's DescribeInstanceTypes, as moto ${moto} carries it.
 * @module
 */

/** A type a line: name, work (t training, p processing, h hosting), vCPUs, GiB of memory, GB of local disks, GPUs. */
export const INSTANCE_TABLE = \`
${rows.join('\n')}
\`;
`,
);
