/**
 * Outputs that jobs of the instant mode "leave", and what its endpoints answer with.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { archive } from '../support/archive.js';

const probes = ['one', 'two', 'three'].map((text, index) => ({ text, vector: [0.6, 0.8, index, 1] }));

/** @param folder  made when absent; what `--outputs` takes */
export async function writeReadyOutputs(folder: string): Promise<void> {
  const files: Record<string, string | Buffer> = {
    'prepare/train/pairs.jsonl': '{"query": "q", "document": "d"}\n',
    'prepare/corpus/corpus.jsonl': '{"_id": "d"}',
    'prepare/report.json': '{"version": 1}',
    'training/model.tar.gz': await archive({ 'weights.bin': 'weights' }),
    'training.log': 'step=10 loss=0.5\nstep=10 dev_ndcg_at_10=0.7\n',
    'evaluate/probes.json': JSON.stringify({ probes }),
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
