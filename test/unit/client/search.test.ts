import { expect, test } from 'vitest';
import { search } from '../../../src/client/index/search.js';
import type { Pointer, VectorStore } from '../../../src/vectorStore/store.js';

const never = (): Promise<never> => new Promise(() => undefined);
const pointer: Pointer = {
  version: {
    ...{ name: 'docs', version: 'a', endpoint: 'docs-a', model: 's3://b/model.tar.gz', madeBy: 'run', state: 'ready' },
    ...{ dimensions: 2, element: 'float32', hnsw: { m: 16, efConstruction: 64, efSearch: 100 } },
  },
  switchedAt: '2026-01-01T00:00:00Z',
};

test.each([
  ['the store', never, never],
  ['the endpoint', () => Promise.resolve(pointer), never],
])('a search ends when its patience does, also where %s never answers', async (_, pointerOf, send) => {
  const store = { pointer: pointerOf, search: never } as unknown as VectorStore;

  const asked = search({ store, runtime: { send } as never, index: 'docs' }, 'a question', { patienceMs: 50 });

  await expect(asked).rejects.toMatchObject({
    type: 'Unavailable',
    message: expect.stringContaining('index docs'),
  });
});
