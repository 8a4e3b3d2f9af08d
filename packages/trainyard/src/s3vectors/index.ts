/**
 * Amazon S3 Vectors: buckets of indexes of vectors, searched exactly.
 * @module
 */
import { join } from 'node:path';
import type { Operations, Settings } from '../context.js';
import { containerOperations } from './containers.js';
import { VectorFiles } from './vectorFiles.js';
import { vectorOperations } from './vectors.js';

export { LARGEST_BODY } from './limits.js';

export function s3VectorsOperations({ stateDir }: Pick<Settings, 'stateDir'>): Operations {
  const files = new VectorFiles(join(stateDir, 'vectors'));
  return { ...containerOperations(files), ...vectorOperations(files) };
}
