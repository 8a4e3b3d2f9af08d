/**
 * The runs that Temporal knows, newest first.
 * @module
 */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { LINEAGE, UNCHANGED_SINCE, type ListedLineage } from '../../run/lineage.js';
import { REUSED } from '../../run/results.js';
import type { Origins } from '../../run/origins.js';
import type { RunStatus } from '../../run/progress.js';
import type { GateVerdict } from '../../run/verdict.js';
import type { Stage } from '../../run/stages.js';
import {
  attuneBaseModel,
  attuneBestScore,
  attuneCostUsd,
  attuneModel,
  attuneStage,
} from '../../run/searchAttributes.js';
import { newestFirst } from '../temporal.js';

export interface RunSummary {
  workflowId: string;
  runId: string;
  name: string;
  status: RunStatus;
  stage?: Stage;
  base?: string;
  /** Of the candidate, in the gate's metric. */
  bestScore?: number;
  /** Of the candidate over the model in service, or the base. */
  gain?: number;
  /** Of the questions that these were measured on. */
  origins?: Origins;
  /** The gate's. */
  decision?: GateVerdict;
  /** Digest of the data as it lay in S3. */
  dataHash?: string;
  /** Where the run put its model into service. */
  endpoint?: { name: string; configName: string };
  /** With `serving`: whether that is the model in service now. */
  serves?: boolean;
  costUsd?: number;
  /** Of a run that found nothing new: the workflow id of the run that it would have repeated. */
  unchangedSince?: string;
  /** Stage → workflow id of the earlier run whose result it took over, without a job. */
  reused?: Record<string, string>;
  /** ISO 8601. */
  startedAt: string;
  endedAt?: string;
  ui: string;
  /** Set where Temporal has forgotten the run, or does not answer: S3 URI of the record that tells of it. */
  readFrom?: string;
  /** With `readFrom`: Temporal did not answer, so the run may have gone on since. */
  mayBeOld?: true;
}

export interface ListOptions {
  /** Default 50. */
  limit?: number;
  /**
   * So many more are looked at, as Temporal lists runs by their ends: one that started among the last and ended before more than
   * so many others is not told. Fewer come sooner. Default 200.
   */
  margin?: number;
  /** Only the runs of this spec name. */
  name?: string;
  /** Only those that go on. */
  running?: boolean;
  /** Of these only the ones whose model is in service now: AWS is asked. */
  serving?: boolean;
  /** Hears why runs are missing that only S3 knows. */
  onNotice?: (message: string) => void;
}

export async function list(
  client: Client,
  page: (workflowId: string, runId: string) => string,
  { limit = 50, margin, name, running }: ListOptions = {},
): Promise<RunSummary[]> {
  const query = [
    `WorkflowType = 'fineTune'`,
    ...(name === undefined ? [] : [`AttuneModel = '${name.replaceAll("'", "''")}'`]),
    ...(running ? [`ExecutionStatus = 'Running'`] : []),
  ].join(' AND ');
  const found = await newestFirst(client, query, limit, margin);
  return found.map((info) => summaryOf(info, page(info.workflowId, info.runId)));
}

function summaryOf(info: WorkflowExecutionInfo, ui: string): RunSummary {
  const attributes = info.typedSearchAttributes;
  const lineage = info.memo?.[LINEAGE] as ListedLineage | undefined;
  const stage = stageIn(attributes.get(attuneStage), lineage);
  return {
    workflowId: info.workflowId,
    runId: info.runId,
    name: attributes.get(attuneModel) ?? '',
    status: statusOfRun(info),
    stage,
    base: attributes.get(attuneBaseModel),
    bestScore: attributes.get(attuneBestScore),
    ...lineage,
    costUsd: attributes.get(attuneCostUsd),
    unchangedSince: info.memo?.[UNCHANGED_SINCE] as string | undefined,
    reused: info.memo?.[REUSED] as RunSummary['reused'],
    startedAt: info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString(),
    ui,
  };
}

/** Of a rejected run the attribute tells how it ended, in the place of the stage that it ended in. */
function stageIn(attribute: string | undefined, lineage: ListedLineage | undefined): Stage | undefined {
  if (attribute !== 'rejected' && attribute !== 'unproven') return attribute as Stage | undefined;
  return lineage?.decision === 'passed' ? 'approve' : 'gate';
}

/** A rejected candidate is a completed workflow that did not come to its last stage. */
export function statusOfRun({
  status,
  typedSearchAttributes,
}: Pick<WorkflowExecutionInfo, 'status' | 'typedSearchAttributes'>): RunStatus {
  const stage = typedSearchAttributes.get(attuneStage);
  switch (status.name) {
    case 'COMPLETED':
      return stage === undefined || stage === 'done' ? 'done' : 'rejected';
    case 'CANCELLED':
      return 'cancelled';
    case 'RUNNING':
    case 'PAUSED':
      return stage === 'approve' ? 'waitingForApproval' : 'running';
    default:
      return 'failed';
  }
}
