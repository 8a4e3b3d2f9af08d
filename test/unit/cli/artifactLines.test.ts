import { expect, test } from 'vitest';
import { artifactLines } from '../../../src/cli/artifactLines.js';

const FOLDER = 's3://attune-local/attune/help-desk/4cc2259f/';

test('the folder of a run stands once, its files below it, and what lies elsewhere whole', () => {
  const artifacts = {
    spec: `${FOLDER}spec.json`,
    model: `${FOLDER}package/0123456789abcdef/model.tar.gz`,
    trained: 's3://elsewhere/model.tar.gz',
  };

  expect(artifactLines(artifacts).join('\n')).toBe(
    [
      '',
      `files in ${FOLDER}`,
      'spec     spec.json',
      'model    package/0123456789abcdef/model.tar.gz',
      'trained  s3://elsewhere/model.tar.gz',
    ].join('\n'),
  );
});

test('a run that has left nothing yet has no such lines', () => {
  expect(artifactLines({})).toEqual([]);
});
