/**
 * Whoever searches by attune's small clients, in Python or in TypeScript, meets one pair of endpoint and index, over a real PostgreSQL.
 */
import { execa } from 'execa';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectIndex } from '../../src/client/index.js';
import { findTool, projectRoot } from '../../src/dev/toolchain/findTool.js';
import { openPgvector } from '../../src/vectorStore/pgvector/index.js';
import type { NewVersion, VectorStore } from '../../src/vectorStore/store.js';
import { pythonDriver } from '../support/postgres/programs.js';
import { vectorDatabase, type VectorDatabase } from '../support/postgres/vectorDatabase.js';

const DIMENSIONS = 8;
const TEXTS = ['lamp', 'river', 'stone', 'cloud', 'zebra', 'quilt'];

let database: VectorDatabase;
let store: VectorStore;
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
  database = await vectorDatabase();
  store = openPgvector(database.url, 2);
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
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
});
afterAll(async () => {
  runtime.close();
  await store.close();
  await database.stop();
});

async function whole(name: string, version: string, element: NewVersion['element'] = 'float32'): Promise<void> {
  const endpoint = `${name}-${version}`;
  const made = { name, version, endpoint, model: `s3://b/${version}/model.tar.gz`, madeBy: 'run', element };
  const formed = { ...made, dimensions: DIMENSIONS, hnsw: { m: 16, efConstruction: 64, efSearch: 100 } };
  const documents = TEXTS.map((text, i) => ({ id: `d${i}`, title: 'Title', text, hash: `${i}`.padStart(64, '0') }));
  await store.begin(formed);
  await store.load(formed, documents, Float32Array.from(TEXTS.flatMap((text) => vectorOf(endpoint, text))));
  await store.build(formed);
  await store.ready(formed);
}

const SCRIPT = `
import json, sys
from urllib.parse import urlsplit
import boto3, pg8000.dbapi
from attune_client import Index
name, question, url = sys.argv[1:]
place = urlsplit(url)
connection = pg8000.dbapi.connect(
    user=place.username, password=place.password, host=place.hostname, port=place.port, database=place.path[1:]
)
try:
    answer = Index(name, connection, boto3.client("sagemaker-runtime")).search(question, k=3)
    print(json.dumps({
        "index": name, "version": answer.version, "endpoint": answer.endpoint, "hits": [vars(hit) for hit in answer.hits]
    }))
except LookupError as error:
    sys.exit(str(error))
finally:
    connection.close()
`;

interface Answer {
  version: string;
  endpoint: string;
  hits: { rank: number; id: string; text: string; score: number }[];
}
type Search = (index: string, question: string) => Promise<Answer>;

const inPython: Search = async (index, question) => {
  const PYTHONPATH = [join(projectRoot, 'python'), ...(await pythonDriver())].join(':');
  const python = findTool('python');
  const args = ['-c', SCRIPT, index, question, database.url];
  const { stdout } = await execa(python, args, { env: { ...environment, PYTHONPATH } });
  return JSON.parse(stdout) as Answer;
};
const inTypeScript: Search = async (table, question) => {
  const before = { ...process.env };
  Object.assign(process.env, environment);
  const index = connectIndex({ url: database.url, table }, environment);
  try {
    return await index.search(question, { k: 3, patienceMs: 1_000 });
  } finally {
    process.env = before;
    await index.close();
  }
};

const CLIENTS = [
  ['Python', inPython],
  ['TypeScript', inTypeScript],
] as const;

test.each(CLIENTS)(
  'the client in %s finds what is nearest, by the endpoint and in the version of the pointer',
  async (of, search) => {
    const name = `found_${of.toLowerCase()}`;
    await whole(name, 'a');
    await whole(name, 'b', 'float16');
    for (const [version, from] of [
      ['a', null],
      ['b', 'a'],
    ] as const) {
      await store.switchTo({ name, version, from, keepSeconds: 60 });

      const { hits, ...pair } = await search(name, 'stone');

      expect(pair).toEqual({ index: name, version, endpoint: `${name}-${version}` });
      expect(hits.map(({ rank }) => rank)).toEqual([1, 2, 3]);
      expect(hits[0]).toMatchObject({ id: 'd2', title: 'Title', text: 'stone' });
      expect(hits[0]!.score).toBeCloseTo(1, 2);
      expect(hits[1]!.score).toBeLessThan(hits[0]!.score);
    }
  },
);

test.each(CLIENTS)(
  'the client in %s asks anew where its version was removed between the pointer and the search',
  async (of, search) => {
    const name = `removed_${of.toLowerCase()}`;
    await whole(name, 'a');
    await whole(name, 'b');
    await store.switchTo({ name, version: 'a', from: null, keepSeconds: 60 });
    meanwhile = async () => {
      await store.switchTo({ name, version: 'b', from: 'a', keepSeconds: 60 });
      await store.drop({ name, version: 'a' });
    };

    const { version, endpoint, hits } = await search(name, 'river');

    expect({ version, endpoint }).toEqual({ version: 'b', endpoint: `${name}-b` });
    expect(hits[0]).toMatchObject({ id: 'd1', text: 'river' });
  },
);

test.each(CLIENTS)('the client in %s says that nothing serves', async (of, search) => {
  const name = `nothing_${of.toLowerCase()}`;
  await whole(name, 'a');

  await expect(search(name, 'river')).rejects.toThrow(`index ${name} has no version in service`);
});
