/**
 * A small model.tar.gz in the layout that attune's training leaves, or with what a test puts into it.
 * @module
 */
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import { modelManifestSchema } from '../../src/run/modelPackage.js';
import { written } from './written.js';

const manifest = {
  base: 'sentence-transformers/all-MiniLM-L6-v2',
  dimensions: [384],
  maxSeqLength: 128,
  prompts: {},
  dataHash: 'sha256:0',
};

export const MODEL_FILES: Record<string, string> = {
  'modules.json': '[]',
  'config_sentence_transformers.json': '{}',
  'config.json': '{}',
  'model.safetensors': 'weights',
  'attune.json': written(modelManifestSchema, manifest),
  'code/inference.py': 'def model_fn(model_dir): ...',
  'code/requirements.txt': '',
};

export async function modelArchive(
  files: Record<string, string | Buffer> = MODEL_FILES,
  others: Partial<Header>[] = [],
): Promise<Buffer> {
  const archive = pack();
  // Of one time: two archives of the same files are the same, in whichever second they are made.
  for (const [name, content] of Object.entries(files)) archive.entry({ name, mtime: new Date(0) }, content);
  for (const header of others) archive.entry(header as Header);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}
