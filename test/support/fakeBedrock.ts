/**
 * Amazon Bedrock in a test: a model that is asked singly or in batch jobs, over the fake S3, and counts.
 * @module
 */
import type * as sdk from '@aws-sdk/client-bedrock';
import { ConverseCommand, type ConverseCommandInput } from '@aws-sdk/client-bedrock-runtime';
import { awsError } from './awsError.js';
import { refuseAsAwsDoes } from './awsRefusals.js';
import type { FakeS3 } from './fakeS3.js';

/** What a record comes back with in the place of a good answer. */
export type RecordAnswer = { text: string } | { error: string } | 'missing';

interface Job {
  arn: string;
  request: sdk.CreateModelInvocationJobCommandInput;
  status: string;
  submittedAt: Date;
  endsAt: number;
  endedAt?: Date;
  records: number;
  message?: string;
}

type BatchRecord = { recordId: string; modelInput: ConverseCommandInput };
interface User {
  passage: string;
  kinds?: string[];
  questions?: object[];
}

const USAGE = { inputTokens: 100, outputTokens: 20, totalTokens: 120 };

export class FakeBedrock {
  readonly jobs: Job[] = [];
  /** Passages asked about one by one. */
  readonly singly: string[] = [];
  /** Records asked for in all batch jobs. */
  records = 0;
  jobMs = 20;
  stopMs = 20;
  /** Whether a job that ends leaves its counts beside its answers. */
  leavesManifest = true;
  /** How the next jobs end; then Completed. */
  readonly endings: { status: string; message?: string }[] = [];
  /** In the place of a good answer; undefined: that. */
  instead: (passage: string, isJudged: boolean) => RecordAnswer | undefined = () => undefined;
  private readonly faults: { operation: string; error: Error; afterEffect: boolean }[] = [];

  constructor(private readonly s3: FakeS3) {}

  /** The next call of an operation fails; `afterEffect`: its answer is lost. */
  withFault(operation: string, error: Error, { afterEffect = false } = {}): this {
    this.faults.push({ operation, error, afterEffect });
    return this;
  }

  get clients() {
    return { bedrock: { send: this.converse }, bedrockJobs: { send: this.send } };
  }

  private converse = (command: object): Promise<object> => {
    if (!(command instanceof ConverseCommand)) throw new Error('the fake Bedrock answers Converse alone');
    const user = userOf(command.input);
    this.singly.push(user.passage);
    const input = answerTo(user);
    return Promise.resolve({ output: { message: { content: [{ toolUse: { input } }] } }, usage: USAGE });
  };

  private send = async (command: { input: never }): Promise<object> => {
    const operation = command.constructor.name.replace(/Command$/, '');
    refuseAsAwsDoes('bedrock', Object.keys(this.operations), operation, command.input);
    const at = this.faults.findIndex((one) => one.operation === operation);
    const [fault] = at < 0 ? [] : this.faults.splice(at, 1);
    if (fault && !fault.afterEffect) throw fault.error;
    for (const job of this.jobs) this.goOn(job);
    const answer = this.operations[operation]!(command.input);
    if (fault) throw fault.error;
    return answer;
  };

  private readonly operations: Record<string, (input: never) => object> = {
    CreateModelInvocationJob: (request: sdk.CreateModelInvocationJobCommandInput) => ({ jobArn: this.create(request) }),
    GetModelInvocationJob: ({ jobIdentifier }: sdk.GetModelInvocationJobCommandInput) =>
      this.shown(this.job(jobIdentifier!)),
    StopModelInvocationJob: ({ jobIdentifier }: sdk.StopModelInvocationJobCommandInput) =>
      this.stop(this.job(jobIdentifier!)),
    ListModelInvocationJobs: ({ nameContains = '', statusEquals }: sdk.ListModelInvocationJobsCommandInput) => ({
      invocationJobSummaries: this.jobs
        .filter(({ request }) => request.jobName!.includes(nameContains))
        .filter(({ status }) => statusEquals === undefined || status === statusEquals)
        .map((job) => this.shown(job)),
    }),
    ListTagsForResource: ({ resourceARN }: sdk.ListTagsForResourceCommandInput) => ({
      tags: this.job(resourceARN!).request.tags,
    }),
  };

  private create(request: sdk.CreateModelInvocationJobCommandInput): string {
    const same = this.jobs.find((job) => job.request.clientRequestToken === request.clientRequestToken);
    if (same) return same.arn;
    const number = String(this.jobs.length + 1).padStart(12, '0');
    const arn = `arn:aws:bedrock:us-east-1:000000000000:model-invocation-job/${number}`;
    const records = this.recordsOf(request).reduce((sum, [, lines]) => sum + lines.length, 0);
    this.records += records;
    const submittedAt = new Date();
    const endsAt = Date.now() + this.jobMs;
    this.jobs.push({ arn, request, status: 'InProgress', submittedAt, endsAt, records });
    return arn;
  }

  private stop(job: Job): object {
    if (job.endedAt) throw awsError('ConflictException', `The job is ${job.status}`, 400);
    job.status = 'Stopping';
    job.endsAt = Date.now() + this.stopMs;
    return {};
  }

  private job(arn: string): Job {
    const job = this.jobs.find((one) => one.arn === arn);
    if (!job) throw awsError('ResourceNotFoundException', 'no such job', 404);
    return job;
  }

  private goOn(job: Job): void {
    if (job.endedAt || Date.now() < job.endsAt) return;
    const ending =
      job.status === 'Stopping' ? { status: 'Stopped' } : (this.endings.shift() ?? { status: 'Completed' });
    if (ending.status !== 'Failed') this.writeOutputs(job, ending.status === 'Completed' ? job.records : halfOf(job));
    Object.assign(job, ending, { endedAt: new Date() });
  }

  /** @param processed  so many records, the first ones */
  private writeOutputs({ arn, request }: Job, processed: number): void {
    const folder = `${request.outputDataConfig!.s3OutputDataConfig!.s3Uri!}${arn.split('/').at(-1)}/`;
    let left = processed;
    let answered = 0;
    for (const [name, records] of this.recordsOf(request)) {
      // In no order, as on AWS.
      const lines = records
        .slice(0, left)
        .reverse()
        .flatMap((record) => {
          const user = userOf(record.modelInput);
          const answer = this.instead(user.passage, user.questions !== undefined) ?? good(user);
          if (answer === 'missing') return [];
          const error = 'error' in answer ? { errorCode: 400, errorMessage: answer.error } : undefined;
          const message = 'text' in answer && { role: 'assistant', content: [{ text: answer.text }] };
          answered += message ? 1 : 0;
          const modelOutput = message ? { output: { message }, stopReason: 'end_turn', usage: USAGE } : undefined;
          return [`${JSON.stringify({ ...record, modelOutput, error })}\n`];
        });
      left -= Math.min(left, records.length);
      this.s3.put(`${folder}${name}.out`, lines.join(''));
    }
    if (!this.leavesManifest) return;
    const tokens = {
      inputTokenCount: answered * USAGE.inputTokens,
      outputTokenCount: answered * USAGE.outputTokens,
    };
    const counts = { processedRecordCount: processed, successRecordCount: answered, ...tokens };
    this.s3.put(`${folder}manifest.json.out`, JSON.stringify(counts));
  }

  private recordsOf({ inputDataConfig }: sdk.CreateModelInvocationJobCommandInput): [string, BatchRecord[]][] {
    const folder = inputDataConfig!.s3InputDataConfig!.s3Uri!;
    return [...this.s3.objects].flatMap(([uri, content]): [string, BatchRecord[]][] => {
      if (!uri.startsWith(folder)) return [];
      const lines = content.toString().split('\n').filter(Boolean);
      return [[uri.slice(folder.length), lines.map((line) => JSON.parse(line) as BatchRecord)]];
    });
  }

  private shown(job: Job): object {
    const { arn, request, status, submittedAt, endedAt, records, message } = job;
    return {
      ...request,
      jobArn: arn,
      status,
      message,
      submitTime: submittedAt,
      endTime: endedAt,
      totalRecordCount: records,
      processedRecordCount: status === 'Completed' ? records : halfOf(job),
    };
  }
}

const halfOf = ({ records }: Job): number => Math.floor(records / 2);

const userOf = ({ messages }: ConverseCommandInput): User => JSON.parse(messages!.at(-1)!.content![0]!.text!) as User;

const answerTo = ({ passage, kinds = [], questions }: User): object =>
  questions
    ? { verdicts: questions.map((_, i) => ({ number: i + 1, answerable: i === 0 })) }
    : { questions: kinds.map((kind) => ({ kind, question: `${kind} of ${passage}` })) };

const good = (user: User): RecordAnswer => ({ text: `\`\`\`json\n${JSON.stringify(answerTo(user))}\n\`\`\`` });
