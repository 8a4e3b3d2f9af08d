/**
 * The region that calls go to, looked for where AWS's own tools look: variables first, then the profile.
 * @module
 */
import { SageMakerClient } from '@aws-sdk/client-sagemaker';

/** @returns AWS_REGION, AWS_DEFAULT_REGION, or that of the profile; undefined where none names one */
export async function regionOf(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || (await regionOfProfile());
}

/** As the SDK reads it, which knows AWS_PROFILE, AWS_CONFIG_FILE and the files' form. */
async function regionOfProfile(): Promise<string | undefined> {
  const client = new SageMakerClient({});
  try {
    return await client.config.region();
  } catch {
    return undefined; // it throws where there is none
  } finally {
    client.destroy();
  }
}
