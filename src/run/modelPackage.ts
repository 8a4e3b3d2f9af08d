/**
 * model.tar.gz as training leaves it and an endpoint serves it.
 * @module
 */
import { z } from 'zod';

/** What it must hold and must not. The build writes the copy that Python reads. */
export const MODEL_PACKAGE = {
  required: ['modules.json', 'config_sentence_transformers.json', 'attune.json', 'code/inference.py'],
  /**
   * In no folder, in whatever case: multi-model-server, which AWS's image runs, takes such a file for a description of its own
   * older form, and ends where it is none.
   */
  reserved: ['manifest.json'],
  /** At least one file of this kind. */
  weights: '.safetensors',
  /** What a model cannot need: more would cost memory and disk before anything of it is understood. */
  limits: {
    entries: 1000,
    nameCharacters: 300,
    unpackedBytes: 32 * 1024 ** 3,
    /** Of an archive that unpacks to more than `ratioFromBytes`: weights hardly pack at all. */
    ratio: 100,
    ratioFromBytes: 100_000_000,
  },
  /** Formats that run code when they are loaded. */
  pickles: ['.bin', '.pt', '.pth', '.pkl', '.pickle', '.ckpt', '.joblib'],
} as const;

/** attune.json at its root, as far as evaluation, serving and a later training rely on it. */
export const modelManifestSchema = z
  .object({
    base: z.string().describe('The model that was fitted'),
    dimensions: z.array(z.int().min(1)).min(1).describe('Sizes to which vectors may be cut, largest first'),
    maxSeqLength: z.int().min(1).nullable().describe('Tokens read of a text; null: all'),
    prompts: z.record(z.string(), z.string()).describe('By kind of text: query, document'),
    dataHash: z.string().describe('Digest of the pairs that training read'),
  })
  .meta({ title: 'attune.json in model.tar.gz' });
