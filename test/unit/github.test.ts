import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): unknown => parse(readFileSync(join(root, file), 'utf8'));

interface Workflow {
  jobs: {
    checks: {
      strategy: { matrix: { include: { node: string; python: string }[] } };
      steps: { uses?: string; run?: string }[];
    };
  };
}
const { strategy, steps } = (read('.github/workflows/ci.yml') as Workflow).jobs.checks;
const tried = strategy.matrix.include;

test('every version of Node and Python that is promised is tried, the oldest two and the newest two together', () => {
  expect(new Set(tried.map(({ node }) => node))).toEqual(new Set(['20', '22', '24']));
  expect(tried.map(({ python }) => python)).toEqual(['3.10', '3.11', '3.12', '3.13']);
  expect(tried).toContainEqual({ node: '20', python: '3.10' });
  expect(tried).toContainEqual({ node: '24', python: '3.13' });
});

test('CI does what anyone can do: .ci/run, and nothing beside it', () => {
  expect(steps.flatMap(({ run }) => run ?? [])).toEqual(['bash .ci/run']);
});

test('every action is pinned to a major version or a commit', () => {
  expect(steps.flatMap(({ uses }) => uses ?? []).filter((uses) => !/@(v\d+|[0-9a-f]{40})$/.test(uses))).toEqual([]);
});

test('updates are looked for where there is something to update', () => {
  const manifests: Record<string, string> = {
    npm: 'package.json',
    pip: 'requirements.in',
    gomod: 'go.mod',
    docker: 'Dockerfile',
    'github-actions': '.github/workflows/ci.yml',
  };
  const { updates } = read('.github/dependabot.yml') as {
    updates: { 'package-ecosystem': string; directory?: string; directories?: string[] }[];
  };

  const places = updates.flatMap(({ 'package-ecosystem': kind, directory, directories = [directory ?? '/'] }) =>
    directories.map((folder) => join(folder, manifests[kind] ?? kind)),
  );

  expect(places.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
