/**
 * The instances of a training job: all on this machine, each with a folder, a log stream and a name of its own.
 * @module
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CreateTrainingJobRequest, ResourceConfig } from '@aws-sdk/client-sagemaker';
import { logPathOfHost } from '../logFiles.js';
import { rerooted } from './container.js';
import type { JobFolder, JobPlan } from './jobFolder.js';
import { filesBelow } from '../s3.js';

/** The interface that all hosts share. */
export const LOOPBACK = process.platform === 'darwin' ? 'lo0' : 'lo';

export interface Instances {
  group: string;
  type: string | undefined;
  count: number;
}

export interface Host {
  /** What the other hosts know it by: as on AWS where its containers have namespaces, in which the name can be made to resolve. */
  name: string;
  /** Of this machine's loopback. */
  address: string;
  /** Its container's /opt/ml. */
  ml: string;
  logPath: string;
  group: Instances;
}

/** What a request asks for. Of several preferences the first one is always to be had here. */
export function instancesOf(config: ResourceConfig | undefined): Instances[] {
  const { InstanceGroups, InstancePreferences: [first] = [], InstanceType, InstanceCount = 1 } = config ?? {};
  if (InstanceGroups) {
    return InstanceGroups.map(({ InstanceGroupName = '', InstanceType: type, InstanceCount: count = 0 }) => ({
      group: InstanceGroupName,
      type,
      count,
    }));
  }
  const type = InstanceType ?? first?.InstanceType;
  return [{ group: 'homogeneousCluster', type, count: first?.InstanceCount ?? InstanceCount }];
}

export const hostsOf = (
  request: CreateTrainingJobRequest,
  { logPath, namespaces }: Pick<JobPlan, 'logPath' | 'namespaces'>,
  folder: JobFolder,
): Host[] =>
  instancesOf(request.ResourceConfig)
    .flatMap((group) => Array.from({ length: group.count }, () => group))
    .map((group, index) => {
      const name = `algo-${index + 1}`;
      const address = `127.0.0.${index + 1}`;
      return {
        name: namespaces ? name : address,
        address,
        ml: folder.mlOf(name),
        logPath: logPathOfHost(logPath, name),
        group,
      };
    });

/** What containers with namespaces find as /etc/hosts. */
export const namesOf = (hosts: Host[]): string =>
  ['127.0.0.1 localhost', ...hosts.map(({ address, name }) => `${address} ${name}`), ''].join('\n');

/** Every container's files before it starts. */
export function layOut(request: CreateTrainingJobRequest, hosts: Host[]): void {
  const channels = (request.InputDataConfig ?? []).map((channel) => [
    channel.ChannelName,
    {
      // FastFile looks like File from inside.
      TrainingInputMode: 'File',
      S3DistributionType: channel.DataSource?.S3DataSource?.S3DataDistributionType ?? 'FullyReplicated',
      RecordWrapperType: channel.RecordWrapperType ?? 'None',
      ContentType: channel.ContentType,
    },
  ]);
  const groups = instancesOf(request.ResourceConfig).map(({ group, type }) => ({
    instance_group_name: group,
    instance_type: type,
    hosts: hosts.filter((host) => host.group.group === group).map(({ name }) => name),
  }));
  for (const { name: current, ml, group } of hosts) {
    for (const folder of ['input/config', 'input/data', 'model', 'output/data', 'code']) {
      mkdirSync(join(ml, folder), { recursive: true });
    }
    const config = {
      hyperparameters: rerootedValues(request.HyperParameters, ml),
      inputdataconfig: Object.fromEntries(channels) as object,
      resourceconfig: {
        current_host: current,
        hosts: hosts.map((host) => host.name),
        network_interface_name: LOOPBACK,
        current_instance_type: group.type,
        current_group_name: group.group,
        instance_groups: groups,
      },
      ...(request.CheckpointConfig && {
        checkpointconfig: { LocalPath: request.CheckpointConfig.LocalPath ?? '/opt/ml/checkpoints' },
      }),
    };
    for (const [name, content] of Object.entries(config)) {
      writeFileSync(join(ml, 'input/config', `${name}.json`), JSON.stringify(content));
    }
  }
}

/** A path below /opt/ml among the hyperparameters, JSON-encoded or not, such as the one that the toolkit takes the code from. */
const rerootedValues = (values: Record<string, string> = {}, ml: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const [, quote = '', path = ''] = /^("?)(.*)\1$/s.exec(value) ?? [];
      return [name, quote + rerooted(path, ml) + quote];
    }),
  );

/** Moves what all hosts wrote into a folder to the first one's; of a file that several wrote, the first host's stays. */
export async function gather(hosts: Host[], folder: string): Promise<string> {
  const [first, ...others] = hosts.map(({ ml }) => join(ml, folder));
  for (const other of others) {
    for (const path of await filesBelow(other)) {
      const target = join(first!, path);
      if (existsSync(target)) continue;
      mkdirSync(dirname(target), { recursive: true });
      renameSync(join(other, path), target);
    }
  }
  return first!;
}
