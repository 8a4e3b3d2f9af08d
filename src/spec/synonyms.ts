/**
 * Which key of a spec a person meant by one that it does not have: written in another style, by its name elsewhere in the field,
 * in another place of the spec, or with a slip.
 * @module
 */
import { keysAt, nearest } from './keys.js';
import { fineTuneSpecSchema } from './schema.js';

/** What Hugging Face's trainer, sentence-transformers and others call it, in small letters and digits, → path in the spec. */
const SYNONYMS: Readonly<Record<string, string>> = {
  lr: 'train.learningRate',
  numepochs: 'train.epochs',
  numtrainepochs: 'train.epochs',
  bs: 'train.batchSize',
  trainbatchsize: 'train.batchSize',
  perdevicetrainbatchsize: 'train.batchSize',
  maxlength: 'train.maxSeqLength',
  maxlen: 'train.maxSeqLength',
  maxseqlen: 'train.maxSeqLength',
  maxtokens: 'train.maxSeqLength',
  warmupratio: 'train.warmup',
  matryoshkadims: 'train.dimensions',
  dims: 'train.dimensions',
  truncatedim: 'train.dimensions',
  model: 'base',
  basemodel: 'base',
  modelname: 'base',
  modelid: 'base',
  modelnameorpath: 'base',
  pretrainedmodel: 'base',
  dataset: 'data.pairs',
  trainfile: 'data.pairs',
  docs: 'data.documents',
  endpoint: 'deploy.endpoint',
  endpointname: 'deploy.endpoint',
  instance: 'compute.train.instanceType',
  instancetype: 'compute.train.instanceType',
  usespot: 'compute.train.spot',
  spot: 'compute.train.spot',
  maxcost: 'budget.maxUsd',
  maxusd: 'budget.maxUsd',
  hpo: 'tune',
  tuning: 'tune',
  tuner: 'tune',
  hyperparametertuning: 'tune',
  training: 'train',
  hyperparameters: 'train',
  deployment: 'deploy',
  serving: 'deploy',
  evaluation: 'gate',
  vectorstore: 'index',
  notifications: 'notify',
  alerts: 'notify',
  mlflow: 'tracking',
  quantize: 'deploy.engine',
};

/** "learningRate", or where the key belongs elsewhere "train.learningRate"; undefined where nothing comes near. */
export function meantKey(key: string, path: readonly PropertyKey[], written: unknown): string | undefined {
  const known = keysAt(fineTuneSpecSchema, path, written);
  const plain = plainOf(key);
  const restyled = known.find((one) => plainOf(one) === plain);
  if (restyled) return restyled;
  const here = path.join('.');
  const synonym = Object.hasOwn(SYNONYMS, plain) ? SYNONYMS[plain] : undefined;
  if (synonym) return here && synonym.startsWith(`${here}.`) ? synonym.slice(here.length + 1) : synonym;
  return nearest(key, known) ?? elsewhere(plain, here);
}

const plainOf = (key: string): string => key.toLowerCase().replace(/[^a-z0-9]/g, '');

/** In the one section of the spec that has it. */
function elsewhere(plain: string, here: string): string | undefined {
  const found = keysAt(fineTuneSpecSchema, []).flatMap((section) =>
    section === here
      ? []
      : keysAt(fineTuneSpecSchema, [section])
          .filter((key) => plainOf(key) === plain)
          .map((key) => `${section}.${key}`),
  );
  return found.length === 1 ? found[0] : undefined;
}
