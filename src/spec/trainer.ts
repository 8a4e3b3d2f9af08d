/**
 * The settings of `train` by the training script's own names.
 * @module
 */
import type { FineTuneSpec } from './schema.js';

/** Each in snake_case, as `TrainConfig` in python/ reads it; null: it does not reach the script. A forgotten one does not compile. */
export const TRAINER_NAMES = {
  epochs: 'epochs',
  learningRate: 'learning_rate',
  batchSize: 'batch_size',
  maxSeqLength: 'max_seq_length',
  dimensions: 'dimensions',
  prompts: 'prompts',
  scale: 'scale',
  warmup: 'warmup',
  weightDecay: 'weight_decay',
  seed: 'seed',
  evaluationsPerEpoch: 'evaluations_per_epoch',
  maxPairs: 'max_pairs',
  hardnessStrength: 'hardness_strength',
  negatives: 'negatives',
  miniBatchSize: 'mini_batch_size',
  startFrom: null, // chooses the channel `incumbent`
} as const satisfies Record<keyof FineTuneSpec['train'], string | null>;
