/**
 * What the stage `questions` has left in S3.
 * @module
 */
import type { Progress } from '../../src/run/progress.js';
import type { FakeSageMaker } from './fakeSageMaker.js';

interface Asked {
  id: string;
  questions: object[];
  fault?: string;
}

/** Each line of all shards of a run, in their order. */
export function questionShards({ s3 }: FakeSageMaker, { artifacts }: Progress): Asked[] {
  const keys = [...s3.objects.keys()].filter((key) => key.startsWith(`${artifacts['questions']!}shards/`)).sort();
  return keys.flatMap((key) =>
    s3.objects
      .get(key)!
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Asked),
  );
}
