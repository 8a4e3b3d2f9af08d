import { expect, test } from 'vitest';
import { readNpy } from '../../../src/aws/npy.js';
import { nearest } from '../../../src/client/report/query.js';
import { runPage } from '../../../src/client/ui.js';

/** An npy file, version 1.0, as NumPy writes it: the header padded to a multiple of 64. */
function npy(type: string, shape: string, data: Buffer): Buffer {
  const dictionary = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`;
  const header = dictionary.padEnd(64 * Math.ceil((10 + dictionary.length + 1) / 64) - 11) + '\n';
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(header, 'latin1'), data]);
}

test('float16 is read exactly: ones, fractions, the least and the greatest', () => {
  const halves = [0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff, 0x0000];
  const data = Buffer.alloc(12);
  halves.forEach((bits, i) => data.writeUInt16LE(bits, 2 * i));

  const { rows, columns, values } = readNpy(npy('<f2', '(2, 3)', data));

  expect([rows, columns]).toEqual([2, 3]);
  expect([...values]).toEqual([1, -2, Math.fround(1365 / 4096), 2 ** -24, 65504, 0]);
});

test.each([
  ['a cut file', npy('<f2', '(2, 3)', Buffer.alloc(10)), /cut/],
  ['another type', npy('<i8', '(1, 1)', Buffer.alloc(8)), /<i8/],
  ['something else', Buffer.from('PK\x03\x04'), /not an npy file/],
])('%s is refused in words', (_, file, words) => {
  expect(() => readNpy(file)).toThrow(words);
});

test('the nearest passages come by cosine, whatever the length of the vectors', () => {
  const corpus = { rows: 3, columns: 2, values: Float32Array.from([10, 0, 0.1, 0.1, 0, 1]) };

  const found = nearest(Float32Array.from([0.5, 0.5]), corpus, ['x', 'both', 'y'], 2);

  expect(found.map(({ id }) => id)).toEqual(['both', 'x']);
  expect(found[0]!.score).toBeCloseTo(1);
});

test('vectors of another size are refused, not compared', () => {
  const corpus = { rows: 1, columns: 2, values: Float32Array.from([1, 0]) };

  expect(() => nearest(Float32Array.from([1]), corpus, ['x'], 1)).toThrow(/1 dimensions.*2/);
});

test.each([
  [
    { address: '127.0.0.1:7233', namespace: 'default' },
    'http://127.0.0.1:8233/namespaces/default/workflows/a%2Fb/r/history',
  ],
  [
    { address: 'ns.acc.tmprl.cloud:7233', namespace: 'ns.acc' },
    'https://cloud.temporal.io/namespaces/ns.acc/workflows/a%2Fb/r/history',
  ],
  [{ address: 'temporal.corp:7233', namespace: 'default' }, '/namespaces/default/workflows/a%2Fb/r/history'],
  [
    { address: '127.0.0.1:1', namespace: 'default', uiAddress: 'http://x:9' },
    'http://x:9/namespaces/default/workflows/a%2Fb/r/history',
  ],
])('the page of a run at %j is %s', (place, page) => {
  expect(runPage(place, 'a/b', 'r')).toBe(page);
});
