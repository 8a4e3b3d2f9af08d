import type { CreateHyperParameterTuningJobRequest } from '@aws-sdk/client-sagemaker';
import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/context.js';
import type { TuningRecord } from '../../src/tuning/record.js';
import { requireTunable } from '../../src/tuning/tuningRules.js';
import { bestOfParents, learnedFrom, parentsOf } from '../../src/tuning/warmStart.js';
import { definition, limits, record, request, summary } from './tuningRequests.js';

const integer = (
  Name: string,
  MinValue: string,
  MaxValue: string,
  ScalingType?: 'Logarithmic' | 'ReverseLogarithmic',
) => ({
  ParameterRanges: { IntegerParameterRanges: [{ Name, MinValue, MaxValue, ScalingType }] },
});
const continuous = (MinValue: string, MaxValue: string, ScalingType?: 'Logarithmic' | 'ReverseLogarithmic') => ({
  ParameterRanges: { ContinuousParameterRanges: [{ Name: 'rate', MinValue, MaxValue, ScalingType }] },
});
const categories = (...Values: string[]) => ({
  ParameterRanges: { CategoricalParameterRanges: [{ Name: 'kind', Values }] },
});
describe('a tuning job is refused', () => {
  const many = Array.from({ length: 31 }, (_, index) => ({ Name: `p${index}`, MinValue: '0', MaxValue: '1' }));
  const statics = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`s${index}`, '1']));
  test.each<[string, CreateHyperParameterTuningJobRequest, string | RegExp]>([
    ['with Autotune', request({}, {}, { Autotune: { Mode: 'Enabled' } }), /^Autotune: /],
    [
      'with AutoParameters',
      request({ ParameterRanges: { AutoParameters: [{ Name: 'a', ValueHint: '1' }] } }),
      /AutoParameters/,
    ],
    ['without a definition', request({}, {}, { TrainingJobDefinition: undefined }), /exactly one of TrainingJobDef/],
    [
      'with two kinds of definition',
      request({}, {}, { TrainingJobDefinitions: [definition()] }),
      /exactly one of TrainingJobDefinition/,
    ],
    [
      'with a list of definitions',
      request({}, {}, { TrainingJobDefinition: undefined, TrainingJobDefinitions: [definition()] }),
      /^TrainingJobDefinitions: the local/,
    ],
    [
      "with a definition's own objective",
      request({}, { TuningObjective: { Type: 'Maximize', MetricName: 'dev' } }),
      /only with TrainingJobDefinitions/,
    ],
    ['without an objective', request({ HyperParameterTuningJobObjective: undefined }), /Objective is required/],
    [
      'with an objective that no regex finds',
      request({ HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: 'loss' } }),
      'A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric definitions.',
    ],
    ['without ranges', request({ ParameterRanges: undefined }), /at least one hyperparameter range/],
    ['with 31 ranges', request({ ParameterRanges: { ContinuousParameterRanges: many } }), /31 .* at most 30/],
    ['with one name twice', request(continuous('0', '1'), { StaticHyperParameters: { rate: '1' } }), /'rate' is spec/],
    ['with more than 100 hyperparameters', request({}, { StaticHyperParameters: statics }), /101 static and tuned/],
    ['with a fraction in an integer range', request(integer('n', '1', '2.5')), /'2.5' is not of type integer/],
    ['with words in a continuous range', request(continuous('low', '1')), /'low' is not of type continuous/],
    ['with a range upside down', request(continuous('2', '1')), /MinValue 2 is above MaxValue 1/],
    ['with a logarithm of zero', request(continuous('0', '1', 'Logarithmic')), /needs values above 0/],
    ['with a reverse logarithm of one', request(continuous('0', '1', 'ReverseLogarithmic')), /needs 0 <= x < 1/],
    ['with a reversed integer', request(integer('n', '1', '9', 'ReverseLogarithmic')), /for continuous/],
    ['with a category twice', request(categories('a', 'a')), /'a' is listed more than once/],
    ['without a number of jobs', request(limits()), /MaxNumberOfTrainingJobs is required/],
    [
      'with fewer combinations than jobs',
      request({ ...integer('n', '1', '3'), ...limits(10) }),
      /combinations for the provided ranges \[3\] must be equal or greater than the value of MaxNumberOfJobs, \[10\]/,
    ],
    ['with 751 jobs', request(limits(751)), /751 is above the limit of 750/],
    ['with 101 jobs at once', request(limits(200, 101)), /101 is above the limit of 100/],
    ['with a grid of numbers', request({ Strategy: 'Grid' }), /CategoricalParameterRanges only/],
    [
      'with a grid of another size',
      request({ Strategy: 'Grid', ...categories('a', 'b'), ...limits(3) }),
      /3 is not the number of combinations of the categorical values, 2/,
    ],
    ['with Hyperband of unknown length', request({ Strategy: 'Hyperband' }), /specify MaxResource, or one of epochs/],
    [
      'with Hyperband and early stopping',
      request({ Strategy: 'Hyperband', TrainingJobEarlyStoppingType: 'Auto' }),
      /must be Off/,
    ],
    [
      'with Hyperband of more than 20,000 epochs',
      request({ Strategy: 'Hyperband' }, { StaticHyperParameters: { epochs: '20001' } }),
      /20001 is above the limit of 20000/,
    ],
    [
      'with HyperbandStrategyConfig and another strategy',
      request({ StrategyConfig: { HyperbandStrategyConfig: { MaxResource: 3 } } }),
      /needs Strategy Hyperband/,
    ],
    ['without instances', request({}, { ResourceConfig: undefined }), /exactly one of ResourceConfig/],
    [
      'with a warm pool',
      request({}, { ResourceConfig: { ...definition().ResourceConfig, KeepAlivePeriodInSeconds: 60 } }),
      /KeepAlivePeriodInSeconds/,
    ],
    [
      'with two kinds of instance choice',
      request(
        {},
        {
          ResourceConfig: undefined,
          HyperParameterTuningResourceConfig: {
            InstanceType: 'ml.m5.large',
            InstanceConfigs: [{ InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 }],
          },
        },
      ),
      /InstanceConfigs excludes/,
    ],
  ])('%s', (_, refused, message) => {
    expect(() => requireTunable(refused)).toThrow(message);
  });

  test('and one that keeps the rules is not', () => {
    for (const accepted of [
      request(),
      request({ Strategy: 'Random', ...limits(10_000) }),
      request({ Strategy: 'Grid', ...categories('a', 'b'), ...limits() }),
      request({ Strategy: 'Hyperband' }, { StaticHyperParameters: { n_epochs: '"9"' } }),
      request(continuous('0.9', '0.999', 'ReverseLogarithmic')),
    ]) {
      expect(() => requireTunable(accepted)).not.toThrow();
    }
  });
});

describe('a warm start', () => {
  const ended = (changes: Partial<TuningRecord> = {}): TuningRecord =>
    record({
      name: 'parent',
      status: 'Completed',
      trials: [
        { ...trial('a', '1e-4'), end: { summary: { ...summary('Completed', 0.6), ...tuned('1e-4') }, curve: [] } },
        { ...trial('b', '1e-3'), end: { summary: { ...summary('Completed', 0.7), ...tuned('1e-3') }, curve: [] } },
        { ...trial('c', '1e-5'), end: { summary: { ...summary('Failed'), ...tuned('1e-5') }, curve: [] } },
      ],
      ...changes,
    });
  const trial = (name: string, rate: string) => ({ name, parameters: { rate }, launched: true, rungs: 0 });
  const tuned = (rate: string) => ({ TunedHyperParameters: { rate } });
  const warm = (
    child: CreateHyperParameterTuningJobRequest = request(),
    WarmStartType: 'TransferLearning' | 'IdenticalDataAndAlgorithm' = 'TransferLearning',
  ) => ({
    ...child,
    WarmStartConfig: { ParentHyperParameterTuningJobs: [{ HyperParameterTuningJobName: 'parent' }], WarmStartType },
  });
  const known = (parent: TuningRecord): Context =>
    ({
      store: { get: (_: string, name: string) => (name === parent.name ? parent : undefined) },
    }) as unknown as Context;

  test("takes over what its parents' training jobs found, with what was static there", () => {
    const [parent] = parentsOf(warm(), known(ended()));
    expect(learnedFrom([parent!])).toEqual([
      { parameters: { seed: '42', rate: '1e-4' }, value: 0.6 },
      { parameters: { seed: '42', rate: '1e-3' }, value: 0.7 },
    ]);
    expect(bestOfParents([parent!])).toMatchObject({ TuningJobName: 'parent', TunedHyperParameters: { rate: '1e-3' } });
    expect(bestOfParents([])).toBeUndefined();
  });

  const eleven = (value: string) => Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`s${index}`, value]));
  test.each<[string, CreateHyperParameterTuningJobRequest, TuningRecord, RegExp]>([
    [
      'a parent that is not there',
      warm(),
      ended({ name: 'another' }),
      /there is no hyperparameter tuning job 'parent'/,
    ],
    [
      'one that still runs',
      warm(),
      ended({ status: 'InProgress' }),
      /in status InProgress; a parent must be Completed/,
    ],
    [
      'another objective',
      warm(request({ HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'dev' } })),
      ended(),
      /its objective is Maximize dev, this one's is Minimize dev/,
    ],
    [
      'another number of hyperparameters',
      warm(request({}, { StaticHyperParameters: {} })),
      ended(),
      /it has 2 static and tuned hyperparameters together, this one 1/,
    ],
    [
      'a hyperparameter of another type',
      warm(request(integer('rate', '1', '9'))),
      ended(),
      /'rate' was continuous there and is integer here/,
    ],
    [
      'more than ten changes',
      warm(request({}, { StaticHyperParameters: eleven('1') })),
      ended({ request: request({}, { StaticHyperParameters: eleven('2') }) }),
      /11 hyperparameters were made static or have another static value; at most 5 may/,
    ],
    [
      'another image, where data and algorithm are said to be identical',
      warm(
        request({}, { AlgorithmSpecification: { ...definition().AlgorithmSpecification!, TrainingImage: 'other' } }),
        'IdenticalDataAndAlgorithm',
      ),
      ended(),
      /needs the same TrainingImage/,
    ],
    [
      'other data, where they are said to be identical',
      warm(request({}, { InputDataConfig: [channel('s3://bucket/new/')] }), 'IdenticalDataAndAlgorithm'),
      ended({ request: request({}, { InputDataConfig: [channel('s3://bucket/old/')] }) }),
      /needs the same input data/,
    ],
  ])('refuses %s', (_, child, parent, message) => {
    expect(() => parentsOf(child, known(parent))).toThrow(message);
  });

  test('on other data takes another image and other channels', () => {
    const child = request({}, { InputDataConfig: [channel('s3://bucket/new/')] });
    expect(parentsOf(warm(child), known(ended({ status: 'Stopped' })))).toHaveLength(1);
  });
});

const channel = (S3Uri: string) => ({
  ChannelName: 'train',
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri } },
});
