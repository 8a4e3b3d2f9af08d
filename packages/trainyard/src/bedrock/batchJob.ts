/**
 * What is kept of a job of batch inference.
 * @module
 */

export interface BatchRequest {
  jobName: string;
  modelId: string;
  roleArn: string;
  modelInvocationType?: 'InvokeModel' | 'Converse';
  inputDataConfig: { s3InputDataConfig: { s3Uri: string } };
  outputDataConfig: { s3OutputDataConfig: { s3Uri: string } };
  clientRequestToken?: string;
  timeoutDurationInHours?: number;
  tags?: { key: string; value: string }[];
}

/** How many records there are, and what became of them. */
export interface Counts {
  totalRecordCount: number;
  processedRecordCount: number;
  successRecordCount: number;
  errorRecordCount: number;
  inputTokenCount: number;
  outputTokenCount: number;
}

export interface BatchJob {
  id: string;
  request: BatchRequest;
  status: 'Submitted' | 'Validating' | 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';
  message?: string;
  /** Milliseconds since the epoch. */
  submittedAt: number;
  modifiedAt: number;
  endedAt?: number;
  counts?: Counts;
}
