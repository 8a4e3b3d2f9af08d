/**
 * Hyperparameter tuning jobs: the API's view of them.
 * @module
 */
import { randomInt } from 'node:crypto';
import type { CreateHyperParameterTuningJobRequest } from '@aws-sdk/client-sagemaker';
import { arnOf, seconds, type Context, type Operations } from '../context.js';
import { AwsError, invalid } from '../errors.js';
import { requireAccess } from '../jobs/training.js';
import { requireTrainable } from '../jobs/trainingRules.js';
import { pageOf, type ListInput } from '../list.js';
import { dropTags, putTags, type Tag } from '../tags.js';
import { describeTuning, tuningSummary } from './describe.js';
import { isOver, trainingRequest, trialName, TUNING_JOB, type Summary, type TuningRecord } from './record.js';
import { resultOf, summariesOf } from './trials.js';
import type { Tuner } from './tuner.js';
import { requireTunable } from './tuningRules.js';
import { bestOfParents, learnedFrom, parentsOf } from './warmStart.js';

interface Named {
  HyperParameterTuningJobName: string;
}

export const tuningOperations = (tuner: Tuner): Operations => ({
  async CreateHyperParameterTuningJob(input: CreateHyperParameterTuningJobRequest, context) {
    const { Tags = [], ...request } = input;
    const name = request.HyperParameterTuningJobName ?? '';
    const arn = arnOf(context, TUNING_JOB, name);
    requireTunable(request);
    const tags = Tags as Tag[];
    const createdAt = context.now();
    // What its training jobs would be refused for, it is refused for.
    const first = trainingRequest({ request, tags }, { name: trialName({ name, createdAt }, 0), parameters: {} });
    requireTrainable(first);
    requireNew(context, name);
    const parents = parentsOf(request, context);
    await requireAccess(first, context);
    // Asked again after the wait for S3: the same name may have come in meanwhile.
    requireNew(context, name);

    putTags(context, arn, tags);
    tuner.start({
      name,
      arn,
      createdAt,
      modifiedAt: createdAt,
      request,
      tags,
      seed: request.HyperParameterTuningJobConfig?.RandomSeed ?? randomInt(2 ** 31),
      status: 'InProgress',
      trials: [],
      learned: learnedFrom(parents),
      parentsBest: bestOfParents(parents),
    });
    return { HyperParameterTuningJobArn: arn };
  },

  DescribeHyperParameterTuningJob({ HyperParameterTuningJobName }: Named, context) {
    return describeTuning(context, tuner.jobs, find(context, HyperParameterTuningJobName));
  },

  StopHyperParameterTuningJob({ HyperParameterTuningJobName }: Named, context) {
    const record = find(context, HyperParameterTuningJobName);
    if (isOver(record)) {
      throw invalid(`The request was rejected because the hyperparameter tuning job is in status ${record.status}`);
    }
    if (record.status === 'InProgress') tuner.stop(record);
    return undefined;
  },

  DeleteHyperParameterTuningJob({ HyperParameterTuningJobName }: Named, context) {
    const record = find(context, HyperParameterTuningJobName);
    if (!isOver(record)) {
      throw new AwsError(
        'ResourceInUse',
        `Hyperparameter tuning job ${record.arn} is in status ${record.status}: only a job that has ended can be deleted.`,
      );
    }
    context.store.delete(TUNING_JOB, record.name);
    dropTags(context, record.arn);
    return undefined;
  },

  ListHyperParameterTuningJobs(input: ListInput, context) {
    const records = context.store.list<TuningRecord>(TUNING_JOB);
    const { page, NextToken } = pageOf(records, listed, { ...input, SortBy: input.SortBy ?? 'Name' });
    const summaries = page.map((record) => tuningSummary(context, tuner.jobs, record));
    return { HyperParameterTuningJobSummaries: summaries, NextToken };
  },

  ListTrainingJobsForHyperParameterTuningJob({ HyperParameterTuningJobName, ...input }: Named & ListInput, context) {
    const summaries = summariesOf(find(context, HyperParameterTuningJobName), context, tuner.jobs);
    const SortBy = input.SortBy ?? 'Name';
    const shown =
      SortBy === 'FinalObjectiveMetricValue'
        ? summaries.filter((summary) => resultOf(summary) !== undefined)
        : summaries;
    const { page, NextToken } = pageOf(shown, listedTrial, { ...input, SortBy });
    return { TrainingJobSummaries: page, NextToken };
  },
});

function find({ store }: Context, name: string): TuningRecord {
  const record = store.get<TuningRecord>(TUNING_JOB, name);
  if (record) return record;
  throw new AwsError('ResourceNotFound', `Amazon SageMaker can't find a tuning job called ${name}. Type another name.`);
}

function requireNew({ store }: Context, name: string): void {
  if (!store.get(TUNING_JOB, name)) return;
  throw new AwsError(
    'ResourceInUse',
    `A hyperparameter tuning job with the name, ${name}, already exists. Choose a different name.`,
  );
}

const listed = (record: TuningRecord) => ({
  name: record.name,
  createdAt: seconds(record.createdAt),
  modifiedAt: seconds(record.modifiedAt),
  status: record.status,
});

const listedTrial = (summary: Summary) => ({
  name: summary.TrainingJobName ?? '',
  createdAt: summary.CreationTime ?? 0,
  modifiedAt: summary.TrainingEndTime ?? summary.CreationTime ?? 0,
  status: summary.TrainingJobStatus,
  value: resultOf(summary),
});
