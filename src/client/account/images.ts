/**
 * Whether the container images of a spec are where the spec, or attune, says that they are.
 * @module
 */
import { BatchGetImageCommand, type ECRClient } from '@aws-sdk/client-ecr';
import { imageFor, type ImagePurpose } from '../../aws/images.js';
import { typesOf } from '../../spec/instances.js';
import type { FineTuneSpec } from '../../spec/schema.js';
import { COMPUTE_KEYS } from '../../spec/stages.js';
import type { Finding } from './finding.js';

const check = 'images';
const IMAGE =
  /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)(?::([^@]+)|@(sha256:[0-9a-f]+))?$/;

export async function imageFindings(
  ecr: Pick<ECRClient, 'send'>,
  spec: FineTuneSpec,
  region: string,
): Promise<Finding[]> {
  const images = imagesOf(spec, region);
  const found = await Promise.all([...images].map(([uri, field]) => lookAt(ecr, uri, field, region)));
  const wrong = found.filter((each) => each !== undefined);
  return wrong.length > 0 ? wrong : [{ check, ok: true, found: `${images.size} there, in ${region}` }];
}

/** By URI, the first field that takes it. A region without an image is left for preflight to refuse. */
function imagesOf({ compute, deploy }: FineTuneSpec, region: string): Map<string, string> {
  const images = new Map<string, string>();
  const add = (
    field: string,
    purpose: ImagePurpose,
    wanted: { instanceType: string | string[]; imageUri?: string },
  ) => {
    const choice = imageFor(purpose, typesOf(wanted.instanceType)[0] ?? '', region);
    const uri = wanted.imageUri ?? (choice.ok ? choice.uri : undefined);
    if (uri !== undefined && !images.has(uri)) images.set(uri, field);
  };
  for (const key of COMPUTE_KEYS) add(`compute.${key}`, 'job', compute[key]);
  if (deploy) add('deploy', 'inference', deploy);
  return images;
}

async function lookAt(
  ecr: Pick<ECRClient, 'send'>,
  uri: string,
  field: string,
  region: string,
): Promise<Finding | undefined> {
  const wrong = (found: string, mend: string): Finding => ({ check, ok: false, found: `${field}: ${found}`, mend });
  const [, registryId, itsRegion, repositoryName, imageTag = 'latest', imageDigest] = IMAGE.exec(uri) ?? [];
  if (registryId === undefined || itsRegion !== region)
    return wrong(
      `${uri} is no ECR image of ${region}`,
      `name one in ${field}.imageUri: SageMaker pulls from ECR of its own region`,
    );
  const image = imageDigest === undefined ? { imageTag } : { imageDigest };
  const request = { registryId, repositoryName, imageIds: [image] };
  const { images = [] } = await ecr.send(new BatchGetImageCommand(request)).catch((error: unknown) => {
    if ((error as Error).name === 'RepositoryNotFoundException') return { images: [] };
    throw error;
  });
  return images.length > 0 ? undefined : wrong(`${uri} is not there`, `push it, or correct ${field}.imageUri`);
}
