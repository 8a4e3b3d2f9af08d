import { expect, test } from 'vitest';
import { sizeText, uvProgress } from '../../../src/dev/toolchain/uvProgress.js';

const after = (...lines: string[]): string => {
  const progress = uvProgress();
  return lines.map((line) => progress(line)).at(-1)!;
};
const DOWNLOADS = ['Resolved 124 packages in 6.28s', 'Downloading scipy (33.7MiB)', 'Downloading torch (1.5GiB)'];

test('what is on its way is named, the biggest first, with the bytes that are done', () => {
  expect(after(...DOWNLOADS)).toBe('downloading torch and 1 more, 0 MB of 1.6 GB done');
  expect(after(...DOWNLOADS, 'Downloaded torch')).toBe('downloading scipy, 1.6 GB of 1.6 GB done');
});

test('it does not say that it downloads while it builds or puts in place', () => {
  const done = [...DOWNLOADS, 'Downloaded torch', 'Downloaded scipy'];
  expect(after('Using Python 3.11.7 environment at: x')).toBe('asking the index which packages there are');
  expect(after(...done)).toBe('fetching 124 packages');
  expect(after(...done, 'Building sagemaker-training==5.1.4')).toBe('building sagemaker-training==5.1.4');
  expect(after(...done, 'Building a==1', 'Built a==1')).toBe('fetching 124 packages');
  expect(after(...done, 'Prepared 123 packages in 27.25s')).toBe('putting 123 packages in place');
  expect(after(...done, 'Installed 124 packages in 780ms', '+ torch==2.15.0')).toBe('124 packages in place');
});

test('sizes', () => {
  expect([0, 44_500_000, 999_400_000, 3_449_000_000].map(sizeText)).toEqual(['0 MB', '45 MB', '999 MB', '3.4 GB']);
});
