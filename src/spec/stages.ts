/**
 * The stages of a run, said once: everything else about them derives from this table, or has to name each of its keys.
 * It lies with the spec, because the spec's `compute`, its rules and its prices speak of stages too, and the spec imports
 * nobody. Nor does this file.
 * @module
 */

interface StageFacts {
  /** What does the work: a job of this kind, an activity, workflow code, or an endpoint that comes into service. */
  as: 'processing' | 'training' | 'tuning' | 'activity' | 'workflow' | 'endpoint';
  /** Of a job: the key of the spec's `compute` whose instances it takes. */
  compute?: string;
  /** Only runs that ask for it come to it. */
  optional?: true;
  /** Of an optional stage: the one whose place it takes. */
  insteadOf?: string;
}

/** In the order in which a run comes to them. */
export const STAGES = {
  preflight: { as: 'activity' },
  questions: { as: 'processing', compute: 'prepare', optional: true },
  prepare: { as: 'processing', compute: 'prepare' },
  train: { as: 'training', compute: 'train' },
  tune: { as: 'tuning', compute: 'train', optional: true, insteadOf: 'train' },
  evaluate: { as: 'processing', compute: 'evaluate' },
  gate: { as: 'workflow' },
  package: { as: 'activity' },
  approve: { as: 'workflow', optional: true },
  deploy: { as: 'endpoint' },
  verify: { as: 'activity' },
  index: { as: 'processing', compute: 'evaluate', optional: true },
  switch: { as: 'activity', optional: true },
  embed: { as: 'processing', compute: 'evaluate', optional: true },
} as const satisfies Record<string, StageFacts>;

type Table = typeof STAGES;
export type StageName = keyof Table;
/** The stages of which this is so. */
type StagesThat<Fact> = { [S in StageName]: Table[S] extends Fact ? S : never }[StageName];

/** A stage whose work is a job of SageMaker's. */
export type JobStage = StagesThat<{ compute: string }>;
export type ProcessingStage = StagesThat<{ as: 'processing' }>;
/** What a stage's own job is. */
export type StageJobKind = Table[JobStage]['as'];
/** `batch`: requests to a language model, which Amazon Bedrock answers in a job. */
export type JobKind = StageJobKind | 'batch';
/** A key of the spec's `compute`. */
export type ComputeKey = Table[JobStage]['compute'];

export const STAGE_NAMES = Object.keys(STAGES) as StageName[];
export const factsOf = (stage: StageName): StageFacts => STAGES[stage];

export const JOB_STAGES = STAGE_NAMES.filter((stage) => factsOf(stage).compute !== undefined) as JobStage[];
export const COMPUTE_KEYS: readonly ComputeKey[] = [...new Set(JOB_STAGES.map((stage) => STAGES[stage].compute))];

/** What a spec says of the instances that a stage's job takes. */
export const computeOf = <Compute extends Record<ComputeKey, unknown>, S extends JobStage>(
  { compute }: { compute: Compute },
  stage: S,
): Compute[Table[S]['compute']] => compute[STAGES[stage].compute];

/** Instances of a stage's job, each of them as `compute` says. */
export const countOf = (
  spec: { compute: Record<ComputeKey, object>; index?: { instances: number }; embed?: { instances: number } },
  stage: JobStage,
): number => {
  if (stage === 'index') return spec.index?.instances ?? 1;
  if (stage === 'embed') return spec.embed?.instances ?? 1;
  const { count = 1 }: { count?: number } = computeOf(spec, stage);
  return count;
};

/** What of a spec tells which jobs its run has. */
type Asking = {
  data?: { questions?: object };
  tune?: object;
  index?: object;
  model?: string;
  bases?: readonly string[];
  embed?: object;
};

/** Which specs ask for the jobs that not every run has. */
const ASKED: Record<JobStage & StagesThat<{ optional: true }>, (spec: Asking) => boolean> = {
  questions: ({ data }) => data?.questions !== undefined,
  tune: ({ tune }) => tune !== undefined,
  index: ({ index }) => index !== undefined,
  embed: ({ embed }) => embed !== undefined,
};

/** The jobs of a run of this spec, in its order. */
export function jobStagesOf(spec: Asking): JobStage[] {
  if (ASKED.embed(spec)) return ['embed']; // a workflow of its own: nothing else is made
  const asked = Object.entries(ASKED).flatMap(([stage, asks]) => (asks(spec) ? [stage] : []));
  const replaced = asked.map((stage) => factsOf(stage as JobStage).insteadOf);
  return JOB_STAGES.filter((stage) =>
    factsOf(stage).optional ? asked.includes(stage) : !replaced.includes(stage),
  ).filter(
    // A model that is given takes the place of the one that would be trained; bases are compared as they are.
    (stage) => (spec.model === undefined && spec.bases === undefined) || STAGES[stage].compute !== 'train',
  );
}

/** The keys of the spec's `compute` whose instances a run of this spec takes. */
export const computeKeysOf = (spec: Asking): ComputeKey[] => [
  ...new Set(jobStagesOf(spec).map((stage) => STAGES[stage].compute)),
];
