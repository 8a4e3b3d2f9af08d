/**
 * Faults on request: what can go wrong between AWS and its client, brought about by a test. `POST /faults` adds a list of
 * them, `GET /faults` shows what is left, `DELETE /faults` forgets all. In memory only: an emulator started anew has none.
 *
 *     [{"fault": "error", "operation": "CreateTrainingJob", "code": "ThrottlingException", "times": 3},
 *      {"fault": "end", "name": "^my-", "status": "Failed", "failureReason": "CapacityError: …"}]
 * @module
 */
import { z } from 'zod';
import type { Context } from './context.js';
import { AwsError } from './errors.js';

const pattern = z.string().max(200).refine(isRegex, 'not a regular expression');

const common = {
  /** Regular expression on the resource's name, or on its ARN where the call has only that. Absent: any. */
  name: pattern.optional(),
  /** How often it strikes. */
  times: z.int().min(1).default(1),
};
/** As AWS spells it, also "InvokeEndpoint"; "*": any. */
const call = { ...common, operation: z.string() };

const fault = z.discriminatedUnion('fault', [
  /** Refused before it has an effect. */
  z.strictObject({
    ...call,
    fault: z.literal('error'),
    code: z.string(),
    message: z.string().optional(),
    status: z.int().min(400).max(599).default(400),
  }),
  /** Has its effect; the connection breaks instead of an answer. */
  z.strictObject({ ...call, fault: z.literal('replyLost') }),
  /** Answers after this many milliseconds. */
  z.strictObject({ ...call, fault: z.literal('slow'), ms: z.int().min(0) }),
  /** Answers as the same call on the same name was answered the last time. */
  z.strictObject({ ...call, fault: z.literal('stale') }),
  /** Answers with these members changed: an unknown status, for instance. */
  z.strictObject({ ...call, fault: z.literal('set'), members: z.record(z.string(), z.json()) }),
  /** The emulator kills itself, before the call's effect or after it. */
  z.strictObject({ ...call, fault: z.literal('crash'), when: z.enum(['before', 'after']) }),
  /** A job of the instant mode ends like this. */
  z.strictObject({
    ...common,
    fault: z.literal('end'),
    status: z.enum(['Failed', 'Stopped', 'Completed']),
    secondaryStatus: z.string().optional(),
    failureReason: z.string().optional(),
  }),
  /** A CloudWatch alarm goes off: the next guarded update that watches it is rolled back. */
  z.strictObject({ ...common, fault: z.literal('alarm') }),
  /**
   * A spot job loses its instances, without a word to its script, and gets others later. All its times strike the first spot
   * job that its name fits, one after the other.
   */
  z.strictObject({
    ...common,
    fault: z.literal('interrupt'),
    /** Starting: there are no instances to begin with. */
    during: z.enum(['Starting', 'Training']).default('Training'),
    /** Regular expression on a line of the job's log; absent: it need not print anything. */
    onLog: pattern.optional(),
    /** How long after that line, or after the training began. */
    afterSeconds: z.number().min(0).default(0),
    /** How long there are no instances. */
    downSeconds: z.number().min(0).default(1),
    /** Whether the checkpoints are copied to S3 once more at the end; else S3 has what the last regular copy left. */
    lastSync: z.boolean().default(true),
  }),
  /** An event is not sent, is sent twice, or is sent late. */
  z.strictObject({
    ...common,
    fault: z.literal('event'),
    how: z.enum(['lost', 'doubled', 'late']),
    ms: z.int().default(1000),
  }),
]);
type Fault = z.output<typeof fault>;
type FaultOf<K extends Fault['fault']> = Extract<Fault, { fault: K }>;

export type JobEnd = Pick<FaultOf<'end'>, 'status' | 'secondaryStatus' | 'failureReason'>;

export type SpotInterruption = Omit<FaultOf<'interrupt'>, 'fault' | 'name' | 'times'>;

/** Thrown when a call had its effect and is not to be answered. */
export class ReplyLost extends Error {}

const NAMES = [
  'TrainingJobName',
  'ProcessingJobName',
  'HyperParameterTuningJobName',
  'EndpointName',
  'EndpointConfigName',
  'ModelName',
  'ResourceArn',
  'ResourceId',
  'jobName',
  'jobIdentifier',
  'modelId',
  'indexName',
  'vectorBucketName',
];

export class Faults {
  private faults: Fault[] = [];
  private readonly lastAnswers = new Map<string, object | undefined>();

  list(): Fault[] {
    return this.faults;
  }

  /** @throws ValidationException when the list is none of faults */
  add(list: unknown): void {
    const parsed = z.array(fault).safeParse(list);
    if (!parsed.success)
      throw new AwsError('ValidationException', `not a list of faults: ${z.prettifyError(parsed.error)}`);
    this.faults.push(...parsed.data);
  }

  clear(): void {
    this.faults = [];
  }

  /** Runs a call with the faults that strike it. */
  async around<T extends object | undefined>(operation: string, input: object, run: () => Promise<T> | T): Promise<T> {
    if (this.faults.length === 0) return run();
    const name = nameIn(input);
    const strikes = <K extends Fault['fault']>(kind: K, also?: (fault: FaultOf<K>) => boolean) =>
      this.take(
        kind,
        name,
        (one) => 'operation' in one && ['*', operation].includes(one.operation) && (also?.(one) ?? true),
      );

    const slow = strikes('slow');
    if (slow) await new Promise((resolve) => setTimeout(resolve, slow.ms));
    const error = strikes('error');
    if (error) throw new AwsError(error.code, error.message ?? `${operation}: as was asked for.`, error.status);
    if (strikes('crash', ({ when }) => when === 'before')) crash();
    const key = `${operation} ${name}`;
    if (this.lastAnswers.has(key) && strikes('stale')) return this.lastAnswers.get(key) as T;
    const output = await run();
    if (strikes('crash', ({ when }) => when === 'after')) crash();
    if (strikes('replyLost')) throw new ReplyLost();
    const changed = strikes('set');
    const answer = changed ? { ...output, ...changed.members } : output;
    // Worth the memory only while somebody wants it.
    if (this.faults.some((one) => one.fault === 'stale')) this.lastAnswers.set(key, answer);
    return answer;
  }

  inAlarm(alarm: string): boolean {
    return this.take('alarm', alarm) !== undefined;
  }

  endOf({ name }: { name: string }): JobEnd | undefined {
    return this.take('end', name);
  }

  /** All that are to strike this job; none of them strikes another one. */
  interruptionsOf({ name }: { name: string }): SpotInterruption[] {
    const found: SpotInterruption[] = [];
    for (let one = this.take('interrupt', name); one; one = this.take('interrupt', name)) {
      const { during, onLog, afterSeconds, downSeconds, lastSync } = one;
      found.push({ during, onLog, afterSeconds, downSeconds, lastSync });
    }
    return found;
  }

  /** The same emit with the faults that strike events. */
  overEvents(emit: Context['emit']): Context['emit'] {
    return (detailType, arn, detail) => {
      const struck = this.take('event', arn.split('/').at(-1) ?? '');
      if (struck?.how === 'lost') return;
      const send = (): void => emit(detailType, arn, detail);
      if (struck?.how === 'late') return void setTimeout(send, struck.ms);
      send();
      if (struck?.how === 'doubled') send();
    };
  }

  /** The first fault of a kind that fits; it is used up after its times. */
  private take<K extends Fault['fault']>(
    kind: K,
    name: string,
    fits: (fault: FaultOf<K>) => boolean = () => true,
  ): FaultOf<K> | undefined {
    const isIt = (one: Fault): one is FaultOf<K> =>
      one.fault === kind && new RegExp(one.name ?? '').test(name) && fits(one as FaultOf<K>);
    const found = this.faults.find(isIt);
    if (!found) return undefined;
    found.times -= 1;
    if (found.times === 0) this.faults = this.faults.filter((one) => one !== found);
    return found;
  }
}

function isRegex(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

function nameIn(input: object): string {
  const members = input as Record<string, unknown>;
  const name = NAMES.map((member) => members[member]).find((value) => typeof value === 'string');
  return name ?? '';
}

/** As hard as a kill from outside. */
function crash(): void {
  process.kill(process.pid, 'SIGKILL');
}
