import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { workOn } from '../../../src/dev/toolchain/progress.js';

test('elsewhere than on a terminal: a line when a part begins and one when it ends, and a failure stops no other', async () => {
  const stream = new PassThrough();
  const signal = new AbortController().signal;
  const ends = await workOn(
    [
      { title: 'Good', provide: async () => ({ result: 1, line: 'version 1.2.3' }) },
      { title: 'Bad', provide: () => Promise.reject(new Error('no network')) },
    ],
    { signal, terminal: false, stream: stream as unknown as NodeJS.WriteStream },
  );
  expect(ends).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'rejected', reason: new Error('no network') },
  ]);
  const lines = (stream.read() as Buffer).toString().trim().split('\n');
  expect(lines.map((line) => line.replace(/^\W+/, '').replace(/\d\.\d s/, '0.0 s'))).toEqual([
    'Good',
    'Bad',
    'Good: version 1.2.3 (0.0 s)',
    'Bad: failed after 0.0 s [FAILED: see below]',
  ]);
});
