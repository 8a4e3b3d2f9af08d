/**
 * Whoever searches by attune's small clients, in Python or in TypeScript, meets one pair of endpoint and index: over a
 * real PostgreSQL, and over the stand-in of S3 Vectors with a real S3 server.
 */
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { execa } from 'execa';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectIndex } from '../../src/client/index.js';
import { findTool, projectRoot } from '../../src/dev/toolchain/findTool.js';
import { openPgvector } from '../../src/vectorStore/pgvector/index.js';
import { openS3Vectors } from '../../src/vectorStore/s3vectors/index.js';
import { placeIn, pointerOf } from '../../src/vectorStore/s3vectors/place.js';
import type { NewVersion, VectorStore } from '../../src/vectorStore/store.js';
import { pythonDriver } from '../support/postgres/programs.js';
import { vectorDatabase, type VectorDatabase } from '../support/postgres/vectorDatabase.js';
import { startS3Process, type S3Process } from '../support/s3Process.js';
import { VECTOR_BUCKET, vectorServer, type VectorServer } from '../support/vectorServer.js';

const DIMENSIONS = 8;
const TEXTS = ['lamp', 'river', 'stone', 'cloud', 'zebra', 'quilt'];

const BUCKET = 'test-bucket';
const PLACE = placeIn({ bucket: BUCKET, prefix: 'attune' }, VECTOR_BUCKET);

let database: VectorDatabase;
let vectors: VectorServer;
let s3: S3Process;
let folder: string;
const stores = {} as Record<'pgvector' | 'S3 Vectors', VectorStore>;
let runtime: Server;
let environment: NodeJS.ProcessEnv;
/** Called when an endpoint is asked: something may happen between the pointer and the search. */
let meanwhile: () => Promise<unknown> = () => Promise.resolve();

/** A model of its own for each endpoint: another question is near to the same text in each. */
function vectorOf(endpoint: string, text: string): number[] {
  const digest = createHash('sha256').update(`${endpoint}\n${text}`).digest();
  const vector = Array.from({ length: DIMENSIONS }, (_, i) => digest[i]! - 127.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'attune-clients-'));
  [database, vectors, s3] = await Promise.all([vectorDatabase(), vectorServer(), startS3Process(join(folder, 's3'))]);
  await s3.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  stores.pgvector = openPgvector(database.url, 2);
  stores['S3 Vectors'] = openS3Vectors({ s3: s3.s3, s3Vectors: vectors.s3Vectors }, PLACE);
  runtime = createServer((request, response) => {
    const [, endpoint] = /\/endpoints\/([^/]+)\/invocations/.exec(request.url!)!;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { inputs } = JSON.parse(Buffer.concat(parts).toString()) as { inputs: string[] };
      const once = meanwhile;
      meanwhile = () => Promise.resolve();
      void once().then(() => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(inputs.map((text) => vectorOf(endpoint!, text))));
      });
    });
  });
  await new Promise<void>((resolve) => runtime.listen(0, '127.0.0.1', resolve));
  environment = {
    ...process.env,
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: `http://127.0.0.1:${(runtime.address() as AddressInfo).port}`,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    ...vectors.environment,
  };
});
afterAll(async () => {
  runtime.close();
  await Promise.all(Object.values(stores).map((store) => store.close()));
  await Promise.all([database.stop(), vectors.stop(), s3.kill()]);
  rmSync(folder, { recursive: true });
});

async function whole(
  store: VectorStore,
  name: string,
  version: string,
  element: NewVersion['element'] = 'float32',
): Promise<void> {
  const endpoint = `${name}-${version}`;
  const made = { name, version, endpoint, model: `s3://b/${version}/model.tar.gz`, madeBy: 'run', element };
  const formed = { ...made, dimensions: DIMENSIONS, hnsw: { m: 16, efConstruction: 64, efSearch: 100 } };
  const documents = TEXTS.map((text, i) => ({ id: `d${i}`, title: 'Title', text, hash: `${i}`.padStart(64, '0') }));
  await store.begin(formed);
  await store.load(formed, documents, Float32Array.from(TEXTS.flatMap((text) => vectorOf(endpoint, text))));
  await store.build(formed);
  await store.ready(formed);
}

const IN_PYTHON = {
  pgvector: `
from urllib.parse import urlsplit
import pg8000.dbapi
place = urlsplit(url)
connection = pg8000.dbapi.connect(
    user=place.username, password=place.password, host=place.hostname, port=place.port, database=place.path[1:]
)
index = Index(name, connection, boto3.client("sagemaker-runtime"))
`,
  'S3 Vectors': `
index = S3VectorsIndex(url, boto3.client("s3"), boto3.client("s3vectors"), boto3.client("sagemaker-runtime"))
`,
};
const scriptOf = (of: Store): string => `
import json, sys
import boto3
from attune_client import Index, S3VectorsIndex
name, question, url = sys.argv[1:]
${IN_PYTHON[of]}
try:
    answer = index.search(question, k=3)
    print(json.dumps({
        "index": name, "version": answer.version, "endpoint": answer.endpoint, "hits": [vars(hit) for hit in answer.hits]
    }))
except LookupError as error:
    sys.exit(str(error))
`;

interface Answer {
  version: string;
  endpoint: string;
  hits: { rank: number; id: string; text: string; score: number }[];
}
type Store = keyof typeof stores;
type Search = (of: Store, index: string, question: string) => Promise<Answer>;

const inPython: Search = async (of, index, question) => {
  const PYTHONPATH = [join(projectRoot, 'python'), ...(await pythonDriver())].join(':');
  const python = findTool('python');
  const url = of === 'pgvector' ? database.url : pointerOf(PLACE, index);
  const { stdout } = await execa(python, ['-c', scriptOf(of), index, question, url], {
    env: { ...environment, PYTHONPATH },
  });
  return JSON.parse(stdout) as Answer;
};
const inTypeScript: Search = async (of, name, question) => {
  const before = { ...process.env };
  Object.assign(process.env, environment);
  const place = of === 'pgvector' ? { url: database.url, table: name } : { pointer: pointerOf(PLACE, name) };
  const index = connectIndex(place, environment);
  try {
    return await index.search(question, { k: 3, patienceMs: 1_000 });
  } finally {
    process.env = before;
    await index.close();
  }
};

const CLIENTS = [
  ['Python', 'pgvector', inPython],
  ['TypeScript', 'pgvector', inTypeScript],
  ['Python', 'S3 Vectors', inPython],
  ['TypeScript', 'S3 Vectors', inTypeScript],
] as const;

test.each(CLIENTS)(
  'the client in %s over %s finds what is nearest, by the endpoint and in the version of the pointer',
  async (language, of, search) => {
    const name = `found${language.toLowerCase()}`;
    await whole(stores[of], name, 'a');
    await whole(stores[of], name, 'b', of === 'pgvector' ? 'float16' : 'float32');
    for (const [version, from] of [
      ['a', null],
      ['b', 'a'],
    ] as const) {
      await stores[of].switchTo({ name, version, from, keepSeconds: 60 });

      const { hits, ...pair } = await search(of, name, 'stone');

      expect(pair).toEqual({ index: name, version, endpoint: `${name}-${version}` });
      expect(hits.map(({ rank }) => rank)).toEqual([1, 2, 3]);
      expect(hits[0]).toMatchObject({ id: 'd2', title: 'Title', text: 'stone' });
      expect(hits[0]!.score).toBeCloseTo(1, 2);
      expect(hits[1]!.score).toBeLessThan(hits[0]!.score);
    }
  },
);

test.each(CLIENTS)(
  'the client in %s over %s asks anew where its version was removed between the pointer and the search',
  async (language, of, search) => {
    const name = `removed${language.toLowerCase()}`;
    await whole(stores[of], name, 'a');
    await whole(stores[of], name, 'b');
    await stores[of].switchTo({ name, version: 'a', from: null, keepSeconds: 60 });
    meanwhile = async () => {
      await stores[of].switchTo({ name, version: 'b', from: 'a', keepSeconds: 60 });
      await stores[of].drop({ name, version: 'a' });
    };

    const { version, endpoint, hits } = await search(of, name, 'river');

    expect({ version, endpoint }).toEqual({ version: 'b', endpoint: `${name}-b` });
    expect(hits[0]).toMatchObject({ id: 'd1', text: 'river' });
  },
);

test.each(CLIENTS)('the client in %s over %s says that nothing serves', async (language, of, search) => {
  const name = `nothing${language.toLowerCase()}`;
  await whole(stores[of], name, 'a');

  await expect(search(of, name, 'river')).rejects.toThrow(`index ${name} has no version in service`);
});
