/**
 * Whether AWS bills what a run does here, or a server of one's own only tells what AWS would.
 * @module
 */
import { ListEndpointsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { AWS_HOST } from './account/server.js';

/** Ends a request before it is signed or sent. */
class Seen extends Error {
  constructor(
    readonly host: string,
    readonly address: string,
  ) {
    super(host);
  }
}

/** Where SageMaker's requests go, if not to AWS; nothing is sent. Undefined also where it cannot be told: no region, say. */
export async function billedByNobody(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
  // Nothing is signed: to look for credentials may take seconds where there are none.
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
  const client = new SageMakerClient({ credentials, ...(region && { region }) });
  try {
    client.middlewareStack.add(
      () => (args) => {
        const { protocol, hostname, port } = args.request as { protocol: string; hostname: string; port?: number };
        return Promise.reject(new Seen(hostname, `${protocol}//${hostname}${port ? `:${port}` : ''}`));
      },
      { step: 'build', name: 'seen', priority: 'low' },
    );
    await client.send(new ListEndpointsCommand({}));
    return undefined;
  } catch (error) {
    return error instanceof Seen && !AWS_HOST.test(error.host) ? error.address : undefined;
  } finally {
    client.destroy();
  }
}
