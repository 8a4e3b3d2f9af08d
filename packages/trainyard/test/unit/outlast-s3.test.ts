import { expect, test } from 'vitest';
import { outlastS3 } from '../../src/jobs/outlastS3.js';

const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
const answered = (httpStatusCode: number): Error =>
  Object.assign(new Error('an answer'), { $metadata: { httpStatusCode } });

/** Fails with each error in turn, then goes well. */
function failing(...errors: Error[]): () => Promise<string> {
  return () => {
    const error = errors.shift();
    return error ? Promise.reject(error) : Promise.resolve('done');
  };
}

test.each([
  ['a refused connection', refused()],
  ['a server that fails', answered(503)],
  ['a failure that comes from a refused connection', new Error('not downloaded', { cause: refused() })],
])('%s is tried again until S3 is there', async (_, error) => {
  expect(await outlastS3(failing(error, error))).toBe('done');
});

test.each([
  ['what S3 refuses', answered(403)],
  ['a fault that has nothing to do with S3', new Error('no space left')],
])('%s is final', async (_, error) => {
  await expect(outlastS3(failing(error))).rejects.toBe(error);
});

test('patience ends with its signal', async () => {
  const error = refused();

  await expect(outlastS3(failing(error), AbortSignal.abort())).rejects.toBe(error);
});
