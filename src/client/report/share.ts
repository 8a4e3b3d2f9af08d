/**
 * A link to a run's evaluation report, for whoever may not read the bucket.
 * @module
 */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { isNotFound } from '../../aws/errors.js';
import { lookAtObject } from '../../aws/s3.js';
import type { Progress } from '../../run/progress.js';
import { AttuneError } from '../../spec/attuneError.js';
import { parseS3Uri } from '../../spec/sources.js';
import { fromAws, type AwsClients } from '../aws.js';
import { reportIn } from './report.js';

export interface SharedReport {
  workflowId: string;
  /** Whoever has it reads the report, without an account: it is a key. */
  url: string;
  /** ISO 8601: from then on it leads nowhere. */
  expiresAt: string;
  /** It ends before what was asked for, because the credentials that signed it do. */
  shortened?: true;
}

/** S3 takes no longer ones. */
const MOST_SHARED_SECONDS = 7 * 24 * 3600;

/**
 * @param seconds  how long it shall lead there: 60 to 604,800, which is the default
 * @throws AttuneError NotAvailable while the run is not evaluated, or where its report is gone
 */
export async function shareReport(
  { s3 }: Pick<AwsClients, 's3'>,
  progress: Progress,
  seconds = MOST_SHARED_SECONDS,
): Promise<SharedReport> {
  if (!(seconds >= 60 && seconds <= MOST_SHARED_SECONDS))
    throw new AttuneError(
      'InvalidRequest',
      `a link is asked for that leads to the report for ${seconds} s`,
      'ask for a minute to seven days: S3 signs no longer ones',
    );
  const { page } = reportIn(progress);
  const { bucket, key } = parseS3Uri(page)!;
  const client = s3();
  try {
    if ((await lookAtObject(client, page)) === undefined)
      throw new AttuneError('NotAvailable', `${page} is not there any more`);
    const { expiration } = await client.config.credentials();
    const wanted = Date.now() + seconds * 1000;
    const ends = Math.min(wanted, expiration?.getTime() ?? Infinity);
    const url = await getSignedUrl(
      client,
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ResponseContentType: 'text/html; charset=utf-8',
        ResponseContentDisposition: 'inline',
      }),
      { expiresIn: Math.floor(seconds) },
    );
    return {
      workflowId: progress.workflowId,
      url,
      expiresAt: new Date(ends).toISOString(),
      ...(ends < wanted ? { shortened: true as const } : {}),
    };
  } catch (error) {
    throw isNotFound(error) ? error : fromAws(error, `signing a link to ${page}`);
  }
}
