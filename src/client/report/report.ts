/**
 * A run's evaluation report on this machine.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { z } from 'zod';
import { readObject, type AwsClients } from '../aws.js';
import { AttuneError } from '../../spec/attuneError.js';
import { evaluationReportSchema, type EvaluationReport } from '../../run/evaluation.js';
import type { Decision, Progress } from '../../run/progress.js';
import { filledPage } from '../../run/reportPage.js';

export interface DownloadedReport {
  /** Absolute path of the page. */
  path: string;
  report: EvaluationReport;
  /** What a person decided on it, where the spec asks for a person; it stands on the page too. */
  approval?: Decision;
}

/**
 * Downloads report.html, which needs nothing beside itself, with what the run tells of itself by now.
 *
 * @param to  default `attune-report-<run>.html` in the working folder
 * @returns   where it is, and the same as data
 * @throws    AttuneError NotAvailable while the run is not evaluated
 */
export async function report({ s3 }: Pick<AwsClients, 's3'>, run: Progress, to?: string): Promise<DownloadedReport> {
  const { workflowId, approval } = run;
  const { data: reportJson } = reportIn(run);
  const data = await json(await readObject(s3(), reportJson));
  const checked = evaluationReportSchema.safeParse(data);
  if (!checked.success)
    throw new AttuneError(
      'NotAvailable',
      `${reportJson} is no report: ${z.prettifyError(checked.error).slice(0, 500)}`,
      'read it where it lies; a newer attune may know its form',
    );
  const path = resolve(to ?? `attune-report-${workflowId.split('/').slice(1).join('-') || workflowId}.html`);
  const page = await reportPage({ s3 }, run);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, page);
  // Whole: what the page shows beyond the shape that others rely on stays in it.
  return { path, report: data as EvaluationReport, approval };
}

/** report.html, which needs nothing beside itself, with what the run tells of itself by now. @throws AttuneError NotAvailable */
export const reportPage = async ({ s3 }: Pick<AwsClients, 's3'>, run: Progress): Promise<string> =>
  filledPage(await text(await readObject(s3(), reportIn(run).page)), run);

/**
 * S3 URIs of the page, and of the same as data.
 *
 * @throws AttuneError NotAvailable where there is none
 */
export function reportIn({ workflowId, artifacts, stage, status }: Progress): { page: string; data: string } {
  const { reportHtml: page, report: data } = artifacts;
  if (page && data) return { page, data };
  if (!page && status === 'rejected')
    throw new AttuneError(
      'NotAvailable',
      `${workflowId} has no report: the gate refused it before anything was trained`,
      `see why: attune show ${workflowId}`,
    );
  throw new AttuneError(
    'NotAvailable',
    `${workflowId} has no report yet: it is at ${stage}`,
    `follow it: attune watch ${workflowId}`,
  );
}
