/**
 * What prepare left out of a run's data.
 * @module
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { json } from 'node:stream/consumers';
import { dataReportSchema, type SetAside } from '../../run/dataReport.js';
import type { Progress } from '../../run/progress.js';
import { readObject } from '../aws.js';

/** @returns by reason, with examples; empty before prepare is done, and where it left nothing out */
export async function setAside(s3: () => S3Client, { artifacts }: Progress): Promise<SetAside[]> {
  const uri = artifacts['dataReport'];
  if (uri === undefined) return [];
  const report: unknown = await json(await readObject(s3(), uri));
  return dataReportSchema.safeParse(report).data?.setAside ?? [];
}
