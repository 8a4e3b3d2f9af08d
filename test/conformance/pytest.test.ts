/**
 * The outside clients are Python's (boto3, moto, the SageMaker Python SDK), so these tests are pytest's. Each is listed here
 * under its own name, with its own result.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTool } from '../../src/dev/toolchain/findTool.js';

const folder = dirname(fileURLToPath(import.meta.url));
const python = findTool('python');
const scratch = mkdtempSync(join(tmpdir(), 'attune-conformance-'));
const PYTEST = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'];

interface Outcome {
  failure?: string;
  skipped?: string;
}

const outcomes = new Map<string, Outcome>();
const names = execFileSync(python, [...PYTEST, '--collect-only'], { cwd: folder, encoding: 'utf8' })
  .split('\n')
  .filter((line) => line.includes('::'));

beforeAll(async () => {
  const report = join(scratch, 'report.xml');
  await new Promise<void>((resolve, reject) => {
    const run = spawn(python, [...PYTEST, `--junitxml=${report}`], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    run.once('error', reject);
    run.once('exit', () => resolve());
  });
  for (const [, attributes = '', body = ''] of readFileSync(report, 'utf8').matchAll(
    /<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    const key = `${attribute(attributes, 'classname')}.py::${attribute(attributes, 'name')}`;
    outcomes.set(key, {
      failure: /<(?:failure|error)[^>]*>([\s\S]*?)<\/(?:failure|error)>/.exec(body)?.[1],
      skipped: /<skipped[^>]*message="([^"]*)"/.exec(body)?.[1],
    });
  }
}, 600_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('as Python clients see it', () => {
  for (const name of names) {
    test(name, (context) => {
      const outcome = outcomes.get(name);
      expect(outcome, 'pytest ran it').toBeDefined();
      context.skip(outcome?.skipped !== undefined, outcome?.skipped);
      expect(unescaped(outcome?.failure ?? '')).toBe('');
    });
  }
});

const attribute = (text: string, name: string): string =>
  unescaped(new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? '');

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#10;', '\n')
    .replaceAll('&amp;', '&');
}
