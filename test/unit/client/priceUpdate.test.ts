import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { priceListOf, readPriceList } from '../../../src/aws/priceList.js';
import { check } from '../../../src/client/inputs/check.js';
import { updatePrices } from '../../../src/client/inputs/priceUpdate.js';

let folder: string;
let answer: (response: ServerResponse) => void;
const server = createServer((_, response) => answer(response));
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'attune-prices-'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});
const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/index.csv`;
const update = (options: object = {}) =>
  updatePrices({ region: 'eu-west-1', from: address(), cwd: folder, ...options }, {});

const METADATA = [
  ['FormatVersion', 'v1.0'],
  ['Disclaimer', 'This pricing list is for ""informational"" purposes, only'],
  ['Publication Date', '2026-09-25T00:03:13Z'],
  ['Version', '20260925000313'],
  ['OfferCode', 'AmazonSageMaker'],
];
const COLUMNS = [
  'SKU',
  'TermType',
  'PriceDescription',
  'Unit',
  'PricePerUnit',
  'Currency',
  'Instance Name',
  'usageType',
];
const priced = (usageType: string, price: string, { term = 'OnDemand', unit = 'Hrs', currency = 'USD' } = {}) => [
  'X1',
  term,
  `$${price} per hour, for ""${usageType}""`,
  unit,
  price,
  currency,
  '',
  usageType,
];
const list = (...prices: string[][]): string =>
  [...METADATA, COLUMNS, ...prices].map((cells) => cells.map((cell) => `"${cell}"`).join(',')).join('\r\n');

const SMALL = list(
  priced('EUW1-Train:ml.g5.xlarge', '1.5700000000'),
  priced('EUW1-Host:ml.g5.xlarge', '1.5710000000'),
  priced('EUW1-Processing:ml.m5.xlarge', '0.2570000000'),
  priced('EUW1-Train:ml.m5.xlarge', '0.2570000000'),
  priced('EUW1-Host:ml.c6i.xlarge', '0.2280000000'),
  priced('EUW1-Studio:JupyterLab-ml.m5.2xlarge', '9.9000000000'),
  priced('EUW1-Notebk:ml.m5.4xlarge', '9.9000000000'),
  priced('EUW1-Train:ml.unheard.xlarge', '9.9000000000'),
  priced('EUW1-Train:ml.c5.xlarge', '9.9000000000', { term: 'Reserved' }),
  priced('EUW1-Train:ml.c5.2xlarge', '9.9000000000', { unit: 'GB-Mo' }),
  priced('EUW1-Train:ml.c5.4xlarge', '9.9000000000', { currency: 'CNY' }),
);

test("AWS's list becomes a file that a budget in that region reckons with", async () => {
  answer = (response) => {
    // Anywhere between two bytes.
    for (let at = 0; at < SMALL.length; at += 97) response.write(SMALL.slice(at, at + 97));
    response.end();
  };

  const updated = await update();

  expect(updated).toMatchObject({ path: join(folder, 'prices.yaml'), asOf: '2026-09-25, eu-west-1', types: 3 });
  writeFileSync(join(folder, 'pairs.jsonl'), '{"query": "q", "document": "d"}\n');
  const spec = { apiVersion: 'attune/v1', name: 'n', data: { pairs: './pairs.jsonl' }, budget: { maxUsd: 50 } };
  const of = (more: object) => check({ ...spec, ...more }, { cwd: folder }, { AWS_REGION: 'eu-west-1' });
  expect((await of({})).problems).toMatchObject([
    { field: 'prices', mend: expect.stringContaining('attune prices update') },
  ]);
  expect(await of({ prices: './prices.yaml' })).toMatchObject({
    ok: true,
    estimate: { pricesAsOf: '2026-09-25, eu-west-1', unknownPrices: [], hosting: { usdPerHour: 0.228 } },
  });
});

test('of one type the dearest of training, processing and hosting counts, and nothing else of SageMaker', async () => {
  async function* lines() {
    yield* SMALL.split('\r\n');
    await Promise.resolve();
  }

  expect(await readPriceList(lines())).toEqual({
    published: '2026-09-25',
    usdPerHour: { 'ml.g5.xlarge': 1.571, 'ml.m5.xlarge': 0.257, 'ml.c6i.xlarge': 0.228 },
  });
});

test('spot prices that the file has stay, as far as they lie below the new price', async () => {
  answer = (response) => response.end(SMALL);
  const own =
    'asOf: 2025-01-01\nusdPerHour: {ml.g5.xlarge: {onDemand: 1.4, spot: 0.6}, ml.m5.xlarge: {onDemand: 1, spot: 0.9}}\n';
  writeFileSync(join(folder, 'own.yaml'), own);

  expect(await update({ out: 'own.yaml' })).toMatchObject({ keptSpot: ['ml.g5.xlarge'] });
  expect(readFileSync(join(folder, 'own.yaml'), 'utf8')).toContain('ml.g5.xlarge: {onDemand: 1.571, spot: 0.6}\n');
});

test('a file that holds something else is not written over', async () => {
  answer = (response) => response.end(SMALL);
  writeFileSync(join(folder, 'attune.yaml'), 'apiVersion: attune/v1\n');

  await expect(update({ out: 'attune.yaml' })).rejects.toMatchObject({ type: 'InvalidRequest' });
  expect(readFileSync(join(folder, 'attune.yaml'), 'utf8')).toBe('apiVersion: attune/v1\n');
});

test.each([
  ['a region without a list', (response: ServerResponse) => response.writeHead(404).end(), 'HTTP 404'],
  ['a page that is no list', (response: ServerResponse) => response.end('<html></html>'), 'no list'],
  [
    'a connection that breaks',
    (response: ServerResponse) => void response.write('"a', () => response.destroy()),
    'no price list',
  ],
])('%s is told, and no file is written', async (_, answering, told) => {
  answer = answering;

  await expect(update()).rejects.toMatchObject({
    type: 'NotAvailable',
    message: expect.stringContaining(told) as string,
  });
  expect(() => readFileSync(join(folder, 'prices.yaml'))).toThrow('ENOENT');
});

test('a copy of the list is read from a file; without a region nothing is', async () => {
  writeFileSync(join(folder, 'index.csv'), SMALL);

  expect(await update({ from: './index.csv' })).toMatchObject({ types: 3 });
  await expect(update({ from: './none.csv' })).rejects.toMatchObject({ type: 'NotAvailable' });
  await expect(updatePrices({ cwd: folder }, {})).rejects.toMatchObject({ type: 'NotConfigured' });
  expect(priceListOf('eu-west-1')).toMatch(
    /^https:\/\/pricing\.us-east-1\.amazonaws\.com\/.*AmazonSageMaker.*\/eu-west-1\//,
  );
});
