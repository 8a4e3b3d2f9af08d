/**
 * A run's evaluation report on this machine.
 * @module
 */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readObject, type AwsClients } from './aws.js';
import { AttuneError } from './errors.js';
import type { Progress } from '../workflows/messages.js';

/**
 * Downloads report.html, which needs nothing beside itself.
 *
 * @param to  default `attune-report-<run>.html` in the working folder
 * @returns   the absolute path
 * @throws    AttuneError NotAvailable while the run is not evaluated
 */
export async function report(
  { s3 }: Pick<AwsClients, 's3'>,
  { workflowId, artifacts, stage }: Progress,
  to?: string,
): Promise<string> {
  const uri = artifacts['reportHtml'];
  if (!uri)
    throw new AttuneError(
      'NotAvailable',
      `${workflowId} has no report yet: it is at ${stage}`,
      `follow it: attune watch ${workflowId}`,
    );
  const path = resolve(to ?? `attune-report-${workflowId.split('/').slice(1).join('-') || workflowId}.html`);
  const body = await readObject(s3(), uri);
  await mkdir(dirname(path), { recursive: true });
  await pipeline(body, createWriteStream(path));
  return path;
}
