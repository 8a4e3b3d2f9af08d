import { expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.js';
import { RULES } from '../../../src/spec/rules/index.js';
import { fineTuneSpecSchema } from '../../../src/spec/schema.js';

const good = { apiVersion: 'attune/v1', name: 'support-search', data: { pairs: './pairs.jsonl' } };
const key = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const secret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:attune/hf-AbCdEf';

const guard = { name: 'general', corpus: './c.jsonl', queries: './q.jsonl.gz', qrels: './qrels/test.tsv' };

const mlflow = 'arn:aws:sagemaker:eu-west-1:111122223333:mlflow-app/app-0A1B2C';

interface Broken {
  /** What is added to the good spec. */
  spec: object;
  /** The fields that the refusal must name. */
  fields: string[];
}

const index = { store: 'pgvector', url: { variable: 'ATTUNE_INDEX_URL' }, table: 'docs' };

/** For each rule one spec that breaks only it. */
const broken: Record<keyof typeof RULES, Broken> = {
  anIndexGoesWithAnEndpoint: { spec: { index, deploy: false }, fields: ['index'] },
  theEndpointHasRoomForVersions: { spec: { index, deploy: { endpoint: 'e'.repeat(55) } }, fields: ['deploy.endpoint'] },
  theAddressIsReferredTo: {
    spec: { index: { ...index, url: { secretArn: 'my-database' } } },
    fields: ['index.url.secretArn'],
  },
  theGraphHoldsTheDimensions: {
    spec: { base: 'acme/large', index: { ...index, dimensions: 3072 }, train: { dimensions: [3072] } },
    fields: ['index.dimensions'],
  },
  theDimensionsAreTrained: {
    spec: { index: { ...index, dimensions: 100 }, train: { dimensions: [384, 128] } },
    fields: ['index.dimensions'],
  },
  theGraphIsBuiltWithEnoughCandidates: {
    spec: { index: { ...index, hnsw: { m: 40 } } },
    fields: ['index.hnsw.efConstruction'],
  },
  dataHasExactlyOneForm: { spec: { data: { pairs: './pairs.jsonl', documents: './docs' } }, fields: ['data'] },
  aFormComesWithAllItsParts: {
    spec: { data: { corpus: './corpus.jsonl' } },
    fields: ['data.queries', 'data.qrels'],
  },
  questionsAreWrittenForDocuments: {
    spec: { data: { pairs: './pairs.jsonl', questions: { model: 'bedrock:amazon.nova-lite-v1:0' } } },
    fields: ['data.questions'],
  },
  onlyServersHaveAddressAndKey: {
    spec: {
      data: { documents: './docs', questions: { model: 'bedrock:amazon.nova-lite-v1:0', url: 'https://x.org/v1' } },
    },
    fields: ['data.questions.url'],
  },
  addressesAreAddresses: {
    spec: { data: { documents: './docs', questions: { model: 'openai:q', url: 'https://me:key@x.org/v1' } } },
    fields: ['data.questions.url'],
  },
  openAiItselfWantsAKey: {
    spec: { data: { documents: './docs', questions: { model: 'openai:gpt-5-mini' } } },
    fields: ['data.questions.apiKey'],
  },
  keysOfServersAreReferences: {
    spec: { data: { documents: './docs', questions: { model: 'openai:q', apiKey: { secretArn: 'my-key' } } } },
    fields: ['data.questions.apiKey.secretArn'],
  },
  someKindIsAskedFor: {
    spec: { data: { documents: './docs', questions: { model: 'openai:q', url: 'http://a/v1', kinds: {} } } },
    fields: ['data.questions.kinds'],
  },
  examplesAreText: {
    spec: {
      data: { documents: './docs', questions: { model: 'openai:q', url: 'http://a/v1', examples: './real.csv' } },
    },
    fields: ['data.questions.examples'],
  },
  batchesAreOfBedrock: {
    spec: { data: { documents: './docs', questions: { model: 'openai:q', url: 'http://a/v1', batch: 'auto' } } },
    fields: ['data.questions.batch'],
  },
  batchesAreLargeEnough: {
    spec: { data: { documents: './docs', questions: { model: 'bedrock:a.b-v1:0', batch: 'always', most: 99 } } },
    fields: ['data.questions.most'],
  },
  aJobHasAnInputForEachSource: {
    spec: {
      data: { corpus: ['./a', './b', './c', './d'], queries: ['./e', './f'], qrels: './g', test: ['./h'] },
    },
    fields: ['data'],
  },
  rowsAreOfAFormatThatIsRead: { spec: { data: { pairs: './pairs.xlsx' } }, fields: ['data.pairs'] },
  splitLeavesSomethingToTrainOn: {
    spec: { data: { pairs: './pairs.jsonl', split: { dev: 0.5, test: 0.5 } } },
    fields: ['data.split'],
  },
  s3UrisAreWhole: { spec: { data: { pairs: 's3://bucket-only' } }, fields: ['data.pairs'] },
  baseIsAHubIdAFolderOrAnS3Prefix: { spec: { base: 'two words' }, fields: ['base'] },
  dimensionsDescend: { spec: { train: { dimensions: [64, 128] } }, fields: ['train.dimensions'] },
  dimensionsLieWithinTheBases: { spec: { train: { dimensions: [768, 384] } }, fields: ['train.dimensions[0]'] },
  maxSeqLengthLiesWithinTheBases: { spec: { train: { maxSeqLength: 1024 } }, fields: ['train.maxSeqLength'] },
  modelsAreArchivesInS3: { spec: { model: './model.tar.gz' }, fields: ['model'] },
  nothingIsTrainedBesideAModel: {
    spec: { model: 's3://bucket/model.tar.gz', train: { epochs: 2 }, tune: {} },
    fields: ['train', 'tune'],
  },
  basesAreModels: {
    spec: {
      base: 's3://bucket/own/',
      bases: ['s3://bucket/own/', 'me/other'],
      network: { isolation: true, wheelhouse: 's3://bucket/wheels/' },
    },
    fields: ['bases[1]'],
  },
  basesHaveWeightsToFit: { spec: { base: 'text-embedding-3-small' }, fields: ['base'] },
  eachBaseIsComparedOnce: { spec: { base: 'me/one', bases: ['me/one', 'me/one'] }, fields: ['bases[1]'] },
  theBaseIsAmongThoseCompared: { spec: { base: 'me/one', bases: ['me/other'] }, fields: ['base'] },
  basesAreComparedAlone: {
    spec: { base: 'me/one', bases: ['me/one'], model: 's3://bucket/model.tar.gz' },
    fields: ['model'],
  },
  maxPairsFillABatch: { spec: { train: { maxPairs: 10, batchSize: 64 } }, fields: ['train.maxPairs'] },
  batchIsSharedEvenly: {
    spec: { train: { batchSize: 60 }, compute: { train: { instanceType: ['ml.g5.xlarge', 'ml.g5.48xlarge'] } } },
    fields: ['train.batchSize'],
  },
  startingFromTheIncumbentNamesItsEndpoint: {
    spec: { train: { startFrom: 'incumbent' }, deploy: false },
    fields: ['train.startFrom'],
  },
  theGainIsOneThatCanBe: { spec: { gate: { minGain: 1 } }, fields: ['gate.minGain'] },
  eachGuardHasANameOfItsOwn: { spec: { gate: { guards: [guard, guard] } }, fields: ['gate.guards[1].name'] },
  guardFilesAreFilesOfTheirKind: {
    spec: { gate: { guards: [{ ...guard, corpus: './corpus.csv', qrels: 's3://bucket/qrels/' }] } },
    fields: ['gate.guards[0].corpus', 'gate.guards[0].qrels'],
  },
  instanceTypesExistForTheirWork: {
    spec: { compute: { train: { instanceType: 'ml.t2.medium' } } },
    fields: ['compute.train.instanceType'],
  },
  gpusFitTheImages: {
    spec: {
      compute: { train: { instanceType: 'ml.p3.2xlarge' } },
      deploy: { instanceType: 'ml.g7e.2xlarge' },
    },
    fields: ['compute.train.instanceType', 'deploy.instanceType'],
  },
  volumesFitTheDisks: {
    spec: { compute: { train: { volumeGb: 251 }, prepare: { instanceType: 'ml.m5.xlarge', volumeGb: 500 } } },
    fields: ['compute.train.volumeGb'],
  },
  processorsFitTheImages: { spec: { deploy: { instanceType: 'ml.c7g.large' } }, fields: ['deploy.instanceType'] },
  imageUrisHaveNoSpaces: {
    spec: { compute: { train: { imageUri: 'my image:1' } } },
    fields: ['compute.train.imageUri'],
  },
  eachTypeOfAStageIsNamedOnce: {
    spec: { compute: { prepare: { instanceType: ['ml.m5.xlarge', 'ml.c5.xlarge', 'ml.m5.xlarge'] } } },
    fields: ['compute.prepare.instanceType[2]'],
  },
  theTypesOfAStageShareAnImage: {
    spec: { compute: { train: { instanceType: ['ml.g5.xlarge', 'ml.m5.xlarge'] } } },
    fields: ['compute.train.instanceType'],
  },
  waitsForSpotComeWithSpot: {
    spec: { compute: { train: { maxRuntimeSeconds: 3600, maxWaitSeconds: 7200 } } },
    fields: ['compute.train.maxWaitSeconds'],
  },
  waitsForSpotHoldTheTraining: {
    spec: { compute: { train: { spot: true, maxRuntimeSeconds: 7200, maxWaitSeconds: 3600 } } },
    fields: ['compute.train.maxWaitSeconds'],
  },
  priceFilesAreLocal: { spec: { prices: 's3://bucket/prices.json' }, fields: ['prices'] },
  pricesAreOfInstanceTypes: {
    spec: { prices: { asOf: '2026-11-01', usdPerHour: { 'g5.xlarge': 1 } } },
    fields: ['prices.usdPerHour.g5.xlarge'],
  },
  spotPricesLieBelowOnDemand: {
    spec: { prices: { asOf: '2026-11-01', usdPerHour: { 'ml.g5.xlarge': { onDemand: 1, spot: 2 } } } },
    fields: ['prices.usdPerHour.ml.g5.xlarge.spot'],
  },
  takingOverNamesTheEndpoint: { spec: { deploy: { takeOver: true } }, fields: ['deploy.takeOver'] },
  endpointNameIsOneSageMakerTakes: { spec: { deploy: { endpoint: 'a'.repeat(64) } }, fields: ['deploy.endpoint'] },
  int8RunsOnProcessors: {
    spec: { deploy: { engine: 'int8', instanceType: 'ml.g5.xlarge' } },
    fields: ['deploy.engine'],
  },
  linearStepsAreATenthOrMore: {
    spec: { deploy: { instanceCount: 4, rollout: { type: 'linear', percent: 5, waitSeconds: 60 } } },
    fields: ['deploy.rollout.percent'],
  },
  trafficInStepsHasInstancesToStepBy: {
    spec: { deploy: { rollout: { type: 'canary' } } },
    fields: ['deploy.instanceCount'],
  },
  rolloutsEndInTime: {
    spec: { deploy: { instanceCount: 2, rollout: { type: 'canary', waitSeconds: 3600 } } },
    fields: ['timings.endpointSeconds'],
  },
  alarmsAreNamedOnce: {
    spec: { deploy: { rollout: { alarms: ['slow', 'slow'] } } },
    fields: ['deploy.rollout.alarms[1]'],
  },
  autoscalingBoundsHoldTheInstances: {
    spec: { deploy: { autoscaling: { minInstances: 2, maxInstances: 4, invocationsPerInstance: 100 } } },
    fields: ['deploy.instanceCount'],
  },
  steppedRolloutsScaleFromTwo: {
    spec: {
      deploy: {
        instanceCount: 2,
        rollout: { type: 'canary' },
        autoscaling: { maxInstances: 4, invocationsPerInstance: 100 },
      },
    },
    fields: ['deploy.autoscaling.minInstances'],
  },
  serverlessEndpointsNameNoInstances: {
    spec: { deploy: { serverless: {}, instanceType: 'ml.m5.xlarge', instanceCount: 2 } },
    fields: ['deploy.instanceType', 'deploy.instanceCount'],
  },
  dataIsCapturedWhereAwsCapturesIt: {
    spec: { deploy: { dataCapture: { percentage: 10, s3: './capture' } } },
    fields: ['deploy.dataCapture.s3'],
  },
  machineImagesAreOfGpuInstances: {
    spec: { deploy: { inferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-3-1' } },
    fields: ['deploy.inferenceAmiVersion'],
  },
  serverlessMemoryHoldsTheModel: {
    spec: { base: 'intfloat/multilingual-e5-large', deploy: { serverless: { memoryMb: 2048 } } },
    fields: ['deploy.serverless.memoryMb'],
  },
  serverlessEndpointsScaleByThemselves: {
    spec: {
      deploy: {
        serverless: {},
        autoscaling: { maxInstances: 4, invocationsPerInstance: 100 },
        rollout: { alarms: ['slow'] },
      },
    },
    fields: ['deploy.autoscaling', 'deploy.rollout'],
  },
  serverlessEndpointsRunWhereAwsRunsThem: {
    spec: {
      deploy: { serverless: {}, imageUri: '1.dkr.ecr.eu-west-1.amazonaws.com/me:2.6.0-gpu-py312-cu124-ubuntu22.04' },
      network: { subnets: ['subnet-0a1b'], securityGroupIds: ['sg-0a1b'] },
    },
    fields: ['network.subnets', 'deploy.imageUri'],
  },
  provisionedConcurrencyLiesWithinTheLimit: {
    spec: { deploy: { serverless: { maxConcurrency: 5, provisionedConcurrency: 6 } } },
    fields: ['deploy.serverless.provisionedConcurrency'],
  },
  subnetsComeWithSecurityGroups: {
    spec: { network: { subnets: ['subnet-0a1b'] } },
    fields: ['network.securityGroupIds'],
  },
  networkIdsAreIds: {
    spec: { network: { subnets: ['private'], securityGroupIds: ['sg-0a1b'] } },
    fields: ['network.subnets[0]'],
  },
  isolatedRunsBringTheirBase: {
    spec: { network: { isolation: true, wheelhouse: 's3://bucket/wheels/' } },
    fields: ['base'],
  },
  variablesHaveNamesThatAwsTakes: {
    spec: { compute: { train: { environment: { '1st': 'x' } } } },
    fields: ['compute.train.environment.1st'],
  },
  reservedVariablesAreLeftAlone: {
    spec: {
      compute: { evaluate: { environment: { SAGEMAKER_REGION: 'x', WORLD_SIZE: '2' } } },
      deploy: { environment: { AWS_REGION: 'x' } },
    },
    fields: [
      'compute.evaluate.environment.SAGEMAKER_REGION',
      'compute.evaluate.environment.WORLD_SIZE',
      'deploy.environment.AWS_REGION',
    ],
  },
  variablesFitTheirRequest: {
    spec: {
      compute: {
        prepare: { environment: { NO_PROXY: 'x'.repeat(257), LONG: { parameter: `/${'x'.repeat(246)}` } } },
        train: { environment: { NO_PROXY: 'x'.repeat(512) } },
      },
    },
    fields: ['compute.prepare.environment.NO_PROXY', 'compute.prepare.environment.LONG'],
  },
  secretsAreReferences: {
    spec: {
      compute: {
        prepare: {
          environment: { HF_TOKEN: 'x', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1', TOKENIZERS_PARALLELISM: 'true-ish' },
        },
        train: { environment: { PIP_INDEX_URL: 'https://me:pass@pypi.example/simple' } },
      },
      deploy: { environment: { OWN: `hf_${'a'.repeat(34)}` } },
    },
    fields: [
      'compute.prepare.environment.HF_TOKEN',
      'compute.train.environment.PIP_INDEX_URL',
      'deploy.environment.OWN',
    ],
  },
  referencesNameSecretsAndParameters: {
    spec: {
      compute: {
        prepare: {
          environment: { HF_TOKEN: { secretArn: 'my-secret' }, A: { secretArn: secret }, B: { parameter: '/a' } },
        },
        train: { environment: { X: { parameter: 'two words' } } },
      },
    },
    fields: ['compute.prepare.environment.HF_TOKEN', 'compute.train.environment.X'],
  },
  endpointsKnowTheirIndexAtOnce: {
    spec: { deploy: { environment: { PIP_INDEX_URL: { secretArn: secret }, OWN: { secretArn: secret } } } },
    fields: ['deploy.environment.PIP_INDEX_URL'],
  },
  codeArtifactIsNamedByItsArn: {
    spec: { compute: { train: { environment: { CA_REPOSITORY_ARN: 'my-repository' } } } },
    fields: ['compute.train.environment.CA_REPOSITORY_ARN'],
  },
  packagesComeFromOnePlace: {
    spec: {
      compute: { prepare: { environment: { PIP_EXTRA_INDEX_URL: 'https://pypi.example/simple' } } },
      network: { wheelhouse: 's3://bucket/wheels/' },
    },
    fields: ['compute.prepare.environment.PIP_EXTRA_INDEX_URL'],
  },
  isolatedContainersResolveNothing: {
    spec: {
      base: 's3://bucket/model/',
      network: { isolation: true, wheelhouse: 's3://bucket/wheels/' },
      compute: { train: { environment: { OWN: { parameter: '/a' } } } },
    },
    fields: ['compute.train.environment.OWN'],
  },
  wheelhousesLieInS3: { spec: { network: { wheelhouse: './wheels' } }, fields: ['network.wheelhouse'] },
  wheelhousesLeaveRoomForTheInputs: {
    spec: { network: { wheelhouse: 's3://bucket/wheels/' }, gate: { guards: [guard] }, tune: {} },
    fields: ['network.wheelhouse'],
  },
  isolatedJobsBringTheirPackages: {
    spec: {
      base: 's3://bucket/model/',
      network: { isolation: true },
      compute: { prepare: { imageUri: 'me/image:1' } },
    },
    fields: ['compute.train.imageUri', 'compute.evaluate.imageUri'],
  },
  keysAreKeyIds: { spec: { encryption: { outputKmsKeyId: 'my key' } }, fields: ['encryption.outputKmsKeyId'] },
  volumeKeysMeetOneKindOfDisk: {
    spec: {
      encryption: { volumeKmsKeyId: key },
      compute: {
        train: { instanceType: ['ml.g5.xlarge', 'ml.p4d.24xlarge'] },
        evaluate: { instanceType: 'ml.m5.xlarge' },
        prepare: { instanceType: ['ml.m5.xlarge', 'ml.r5d.xlarge'] },
      },
      deploy: { instanceType: ['ml.m5d.xlarge', 'ml.m5.xlarge'] },
    },
    fields: ['compute.prepare.instanceType', 'deploy.instanceType'],
  },
  tagsAreTagsAwsTakes: { spec: { tags: { 'aws:team': 'search' } }, fields: ['tags.aws:team'] },
  namesLeaveAttunesOwnFoldersAlone: { spec: { name: 'inputs' }, fields: ['name'] },
  eachEntryTellsOne: {
    spec: { notify: [{}, { workflowId: 'nightly', slack: { parameter: '/attune/slack' } }] },
    fields: ['notify[0]', 'notify[1]'],
  },
  eachReceiverIsNotifiedOnce: {
    spec: {
      notify: [
        ...[{ workflowId: 'nightly' }, { slack: { parameter: '/attune/slack' } }],
        ...[{ workflowId: 'nightly' }, { slack: { parameter: '/attune/slack' }, on: ['done'] }],
      ],
    },
    fields: ['notify[2].workflowId', 'notify[3].slack'],
  },
  receiversAreReferences: {
    spec: {
      notify: [
        { teams: { secretArn: 'my-webhook' } },
        { webhook: { url: { parameter: 'no blank' }, secret: { secretArn: 'my-secret' } } },
      ],
    },
    fields: ['notify[0].teams.secretArn', 'notify[1].webhook.url.parameter', 'notify[1].webhook.secret.secretArn'],
  },
  webhooksArePublicAddresses: {
    spec: {
      notify: [
        'http://example.org/hook',
        'http://localhost/hook',
        'https://me:word@example.org/hook',
        'https://example.org/hook?code=1234',
        'https://hooks.slack.com/services/T0/B0/x',
        'https://example.webhook.office.com/webhookb2/x',
        'file:///etc/passwd',
        'example.org/hook',
      ].map((url) => ({ webhook: { url } })),
    },
    fields: Array.from({ length: 8 }, (_, i) => `notify[${i}].webhook.url`),
  },
  topicsAreArns: {
    spec: { notify: [{ sns: 'arn:aws:sqs:eu-west-1:111122223333:queue' }] },
    fields: ['notify[0].sns'],
  },
  aSearchHasParameters: { spec: { tune: { parameters: {} } }, fields: ['tune.parameters'] },
  rangesGoUp: {
    spec: { tune: { parameters: { learningRate: { min: 1e-4, max: 1e-5 } } } },
    fields: ['tune.parameters.learningRate'],
  },
  valuesAreDifferent: {
    spec: { tune: { trials: 2, parameters: { scale: { values: [20, 20] } } } },
    fields: ['tune.parameters.scale.values'],
  },
  rangesLieWithinWhatTrainTakes: {
    spec: { tune: { trials: 2, parameters: { warmup: { min: 0.1, max: 1 }, epochs: { values: [1, 2.5] } } } },
    fields: ['tune.parameters.epochs.values[1]', 'tune.parameters.warmup.max'],
  },
  scalingFitsItsRange: {
    spec: {
      tune: {
        parameters: {
          weightDecay: { min: 0, max: 0.1, scaling: 'logarithmic' },
          epochs: { min: 1, max: 4, scaling: 'reverseLogarithmic' },
        },
      },
    },
    fields: ['tune.parameters.epochs.scaling', 'tune.parameters.weightDecay.min'],
  },
  tunedBatchesFitMaxPairs: {
    spec: { train: { maxPairs: 100 }, tune: { trials: 2, parameters: { batchSize: { values: [64, 128] } } } },
    fields: ['tune.parameters.batchSize'],
  },
  trialsAreWithinAwsLimits: { spec: { tune: { trials: 751 } }, fields: ['tune.trials'] },
  notMoreTrialsAtOnceThanTrials: { spec: { tune: { trials: 4, parallel: 5 } }, fields: ['tune.parallel'] },
  trialsDoNotOutnumberTheirSettings: {
    spec: { tune: { trials: 9, parameters: { epochs: { min: 1, max: 4 }, scale: { values: [20, 50] } } } },
    fields: ['tune.trials'],
  },
  aGridIsOfValues: {
    spec: { tune: { strategy: 'grid', parameters: { epochs: { min: 1, max: 4 } } } },
    fields: ['tune.parameters.epochs'],
  },
  aGridFitsItsTrials: {
    spec: {
      tune: { trials: 3, strategy: 'grid', parameters: { scale: { values: [20, 50] }, epochs: { values: [1, 2] } } },
    },
    fields: ['tune.trials'],
  },
  hyperbandStopsTrialsItself: {
    spec: { train: { epochs: 4 }, tune: { strategy: 'hyperband', earlyStopping: true } },
    fields: ['tune.earlyStopping'],
  },
  hyperbandKnowsTheEpochs: { spec: { tune: { strategy: 'hyperband' } }, fields: ['train.epochs'] },
  warmStartsNameTuningJobsOnce: {
    spec: { tune: { warmStart: { from: ['attune-a-tune-1', 'not_a_name', 'attune-a-tune-1'] } } },
    fields: ['tune.warmStart.from[1]', 'tune.warmStart.from[2]'],
  },
  trackingSaysWhere: { spec: { tracking: {} }, fields: ['tracking'] },
  mlflowTracksOneTraining: {
    spec: { tune: {}, tracking: { mlflow: { resourceArn: mlflow } } },
    fields: ['tracking.mlflow'],
  },
  freshJobsAreLookedAtMoreOften: {
    spec: { timings: { freshPollSeconds: 60, pollSeconds: 30 } },
    fields: ['timings.freshPollSeconds'],
  },
};

test.each([
  ['repeats one', { instanceType: ['ml.m5.xlarge', 'ml.m5.xlarge'] }, 'deploy.instanceType[1]'],
  ['mixes GPU and CPU', { instanceType: ['ml.m5.xlarge', 'ml.g5.xlarge'] }, 'deploy.instanceType'],
  ['has one that serves nothing', { instanceType: ['ml.m5.xlarge', 'ml.t3.medium'] }, 'deploy.instanceType[1]'],
  ['has an Arm type', { instanceType: ['ml.m5.xlarge', 'ml.c7g.large'] }, 'deploy.instanceType[1]'],
  ['has more than five', { instanceType: Array(6).fill('ml.m5.xlarge') }, 'deploy.instanceType'],
  ['is for nothing', { instanceType: ['ml.c6i.xlarge', 'ml.m5.xlarge'], serverless: {} }, 'deploy.instanceType'],
  [
    'has no GPU for its machine image',
    {
      instanceType: ['ml.g5.xlarge', 'ml.m5.xlarge'],
      imageUri: 'me/image:1',
      inferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-3-1',
    },
    'deploy.inferenceAmiVersion',
  ],
])("an endpoint's list of types that %s is refused", (_, deploy, field) => {
  const parsed = parseSpec({ ...good, deploy });

  expect(parsed.ok ? [] : parsed.problems.map((one) => one.field)).toEqual([field]);
});

test.each([
  ['no name', { experiment: 'two words' }, 'tracking.experiment'],
  ['a name that is too long', { experiment: 'a'.repeat(121) }, 'tracking.experiment'],
  ['no ARN', { mlflow: { resourceArn: 'my-server' } }, 'tracking.mlflow.resourceArn'],
  ['the ARN of another thing', { mlflow: { resourceArn: key } }, 'tracking.mlflow.resourceArn'],
])('tracking by %s is refused', (_, tracking, field) => {
  const parsed = parseSpec({ ...good, tracking });

  expect(parsed.ok ? [] : parsed.problems.map((one) => one.field)).toEqual([field]);
});

test('three keys are enough', () => {
  expect(parseSpec(good)).toMatchObject({ ok: true, spec: { train: { epochs: 2 }, deploy: { approval: 'none' } } });
});

test('a resolved spec that begins with a model is as good as what was written', () => {
  const written = parseSpec({ ...good, model: 's3://bucket/m.tar.gz', compute: { train: { count: 3 } } });

  expect(parseSpec(written.ok && written.spec)).toEqual(written);
});

test('bases are not compared beside a search', () => {
  const spec = { ...good, base: 'me/one', bases: ['me/one'], tune: { trials: 2 } };

  expect(parseSpec(spec)).toMatchObject({ ok: false, problems: [{ field: 'tune' }] });
});

test.each(['s3://bucket', 's3://bucket/folder/', 'https://host/model.tar.gz', 's3://bucket/model.zip'])(
  '%s is no archive that a run can begin with',
  (model) => {
    expect(parseSpec({ ...good, model })).toMatchObject({ ok: false, problems: [{ field: 'model' }] });
  },
);

test.each(Object.entries(broken))(
  'a spec that breaks %s is refused for that alone, by field',
  (name, { spec, fields }) => {
    const parsed = parseSpec({ ...good, ...spec });

    expect(parsed.ok ? [] : parsed.problems.map(({ field }) => field)).toEqual(fields);
    const written = { ...good, ...spec };
    const itself = RULES[name as keyof typeof RULES](fineTuneSpecSchema.parse(written), written);
    expect(itself.map(({ field }) => field)).toEqual(fields);
  },
);

test.each([
  [
    'more dimensions than a base has, whatever its commit',
    { base: 'sentence-transformers/all-MiniLM-L6-v2@main', train: { dimensions: [768] } },
  ],
  ['a tag with a character that AWS refuses', { tags: { team: 'a;b' } }],
  [
    'more tags than AWS has room for',
    { tags: Object.fromEntries(Array.from({ length: 47 }, (_, i) => [`t${i}`, ''])) },
  ],
  ['queries beside pairs', { data: { pairs: './p.jsonl', queries: './q.jsonl' } }],
  ['a corpus beside documents', { data: { documents: './docs', corpus: './c.jsonl' } }],
  ['test questions alone', { data: { test: './t.csv' } }],
  ['test questions in a workbook', { data: { pairs: './p.jsonl', test: './t.xlsx' } }],
  ['a pattern that only looks like S3', { data: { pairs: 's3://UPPER/key' } }],
  ['a Neuron instance for training', { compute: { train: { instanceType: 'ml.trn1.2xlarge' } } }],
  [
    'a rollout longer than SageMaker lets one take',
    {
      timings: { endpointSeconds: 100_000 },
      deploy: { instanceCount: 2, rollout: { type: 'linear', waitSeconds: 3600 } },
    },
  ],
  ['security groups without subnets', { network: { securityGroupIds: ['sg-1'] } }],
  ['a grid without values', { tune: { strategy: 'grid' } }],
  [
    'hyperband over epochs',
    { train: { epochs: 9 }, tune: { strategy: 'hyperband', parameters: { epochs: { min: 1, max: 9 } } } },
  ],
  ['a tuned parameter that there is not', { tune: { parameters: { dropout: { values: [0, 1] } } } }],
])('%s is refused', (_, spec) => {
  expect(parseSpec({ ...good, ...spec }).ok).toBe(false);
});

test.each([
  ['an Arm instance with an image of its own', { deploy: { instanceType: 'ml.c7g.large', imageUri: 'me/image:1' } }],
  ['a model of the hub at a tag', { base: 'me/model@v1.0/rc', train: { dimensions: [4096] } }],
  ['BEIR data', { data: { corpus: 's3://b/c.jsonl'.replace('b', 'bucket'), queries: './q.jsonl', qrels: './qrels' } }],
  ['pairs beside a corpus', { data: { pairs: './clicks.jsonl', corpus: ['./a.jsonl', './b.jsonl'] } }],
  ['test questions beside pairs', { data: { pairs: './p.jsonl', test: './t.csv' } }],
  ['test questions beside documents', { data: { documents: './docs', test: ['./t.csv', './more/'] } }],
  ['test questions beside BEIR', { data: { corpus: './c', queries: './q', qrels: './qrels', test: './t.jsonl' } }],
  ['four guard sets', { gate: { guards: ['a', 'b', 'c', 'd'].map((name) => ({ ...guard, name })) } }],
  ['a run that stops after packaging', { deploy: false }],
  [
    'a canary watched by alarms, of a scaled endpoint',
    {
      deploy: {
        instanceCount: 2,
        rollout: { type: 'canary', alarms: ['slow', 'failing'] },
        autoscaling: { minInstances: 2, maxInstances: 8, invocationsPerInstance: 600 },
      },
    },
  ],
  [
    'an endpoint on one of several types, with a key for their volumes',
    { deploy: { instanceType: ['ml.c6i.xlarge', 'ml.m5.xlarge'] }, encryption: { volumeKmsKeyId: key } },
  ],
  ['a volume key with GPU types, whose disks need none', { encryption: { volumeKmsKeyId: key } }],
  [
    'a canary with isolation and a volume key',
    {
      base: 's3://bucket/model/',
      compute: { train: { instanceType: 'ml.m5.xlarge' }, evaluate: { instanceType: 'ml.m5.xlarge' } },
      deploy: { instanceCount: 2, rollout: { type: 'canary', alarms: ['slow'] } },
      network: { isolation: true, wheelhouse: 's3://bucket/wheels/' },
      encryption: { volumeKmsKeyId: 'alias/mine' },
    },
  ],
  ['linear steps at their defaults', { deploy: { instanceCount: 2, rollout: { type: 'linear' } } }],
  ['a serverless endpoint', { deploy: { serverless: { memoryMb: 2048, provisionedConcurrency: 1 } } }],
  ['a search with everything by default', { tune: {} }],
  ['a single trial', { tune: { trials: 1 } }],
  ['a long random search', { tune: { trials: 10_000, strategy: 'random', parallel: 100 } }],
  ['a grid that its trials hold', { tune: { strategy: 'grid', parameters: { epochs: { values: [1, 2] } } } }],
  ['hyperband with epochs to share out', { train: { epochs: 9 }, tune: { strategy: 'hyperband' } }],
  [
    'an index, proxies and a mirror of the hub',
    {
      compute: {
        prepare: {
          environment: {
            PIP_INDEX_URL: 'https://pypi.example/simple',
            PIP_EXTRA_INDEX_URL: 'https://more.example/simple',
            HTTPS_PROXY: 'http://proxy.example:3128',
            HF_ENDPOINT: 'https://hf.example',
            HF_TOKEN: { secretArn: secret, key: 'token' },
            AWS_ENDPOINT_URL_S3: 'https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com',
          },
        },
        train: {
          environment: { CA_REPOSITORY_ARN: 'arn:aws:codeartifact:eu-west-1:111122223333:repository/domain/attune' },
        },
      },
    },
  ],
  [
    'isolation with images of its own and a commit of the hub',
    {
      base: `me/model@${'c0ffee'.padEnd(40, '0')}`,
      network: { isolation: true },
      compute: {
        prepare: { imageUri: 'me/image:1' },
        train: { imageUri: 'me/image:1' },
        evaluate: { imageUri: 'me/image:1' },
      },
    },
  ],
  [
    'isolation with a base in S3',
    { base: 's3://bucket/model/', network: { isolation: true, wheelhouse: 's3://bucket/wheels/' } },
  ],
  [
    'CPU and GPU types with an image for both',
    { compute: { train: { instanceType: ['ml.g5.xlarge', 'ml.m5.xlarge'], imageUri: 'me/image:1' } } },
  ],
  ['sizes that an unknown base may have', { base: 'me/large', train: { dimensions: [4096, 1024] } }],
])('%s is taken', (_, spec) => {
  expect(parseSpec({ ...good, ...spec })).toMatchObject({ ok: true });
});

test('a secret in clear is refused without being repeated, with what to write in its place', () => {
  const parsed = parseSpec({ ...good, compute: { prepare: { environment: { HF_TOKEN: 'hunter2-hunter2' } } } });

  expect(JSON.stringify(parsed)).not.toContain('hunter2');
  expect(JSON.stringify(parsed)).toContain('write HF_TOKEN: {secretArn: ');
});

test.each([
  'AKIAIOSFODNN7EXAMPLE',
  `ghp_${'a'.repeat(36)}`,
  `pypi-${'a'.repeat(40)}`,
  '-----BEGIN RSA PRIVATE KEY-----',
  'http://me:pass@proxy.example:3128',
  'https://:pass@proxy.example',
])('a value like %s is taken for a secret, whatever its name', (value) => {
  const parsed = parseSpec({ ...good, deploy: { environment: { OWN: value } } });

  expect(parsed.ok ? [] : parsed.problems.map(({ field }) => field)).toEqual(['deploy.environment.OWN']);
});

test('a number without quotes is told what a variable is', () => {
  const parsed = parseSpec({ ...good, compute: { train: { environment: { RETRIES: 3 } } } });

  expect(parsed).toMatchObject({
    problems: [{ field: 'compute.train.environment.RETRIES', rule: expect.stringContaining('in quotes') as string }],
  });
});

test('a worker refuses local paths, and says who uploads them', () => {
  const parsed = parseSpec({ ...good, base: './model', prices: './prices.yaml' }, { sources: 's3' });

  expect(parsed.ok ? [] : parsed.problems.map(({ field }) => field)).toEqual(['data.pairs', 'prices', 'base']);
  expect(parsed).toMatchObject({ problems: [{ mend: expect.stringContaining('client') as string }, {}, {}] });
});

test.each([
  ['name', { name: `a${'-'.repeat(60)}b` }],
  ['deploy.endpoint', { deploy: { endpoint: `a${'-'.repeat(80)}b` } }],
])('hyphens count in the length of %s', (field, changes) => {
  const parsed = parseSpec({ ...good, ...changes });

  expect(parsed).toMatchObject({ ok: false, problems: [{ field }] });
});

test('no spec can have the name of a folder that attune keeps beside those of the specs', () => {
  for (const name of ['code', 'inputs', 'bases', 'doctor', '_runs', '_anything']) {
    const parsed = parseSpec({ ...good, name });
    expect(parsed.ok ? [] : parsed.problems.map(({ field }) => field), name).toEqual(['name']);
  }
});
