/** The bundle as a worker loads it: what its workflows share, and what each has for itself. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext, Script } from 'node:vm';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/dev/toolchain/places.js';

/** As the SDK does it: what is loaded before the first workflow is for all, what comes after it for that one. */
function modulesOf(bundle: string): { shared: string[]; own: string[] } {
  const shared = new Map<string, unknown>();
  const own = new Map<string, unknown>();
  let isBefore = true;
  const context = createContext({ console, TextEncoder, TextDecoder, URL, URLSearchParams, AsyncLocalStorage });
  const cache = new Proxy(
    {},
    {
      get: (_, name: string) => shared.get(name) ?? own.get(name),
      set: (_, name: string, value) => Boolean((isBefore ? shared : own).set(name, value)),
    },
  );
  Object.defineProperty(context, '__webpack_module_cache__', { value: cache });
  new Script(readFileSync(join(projectRoot, 'dist', bundle), 'utf8')).runInContext(context);
  runInContext('__TEMPORAL__.preloadModules()', context);
  isBefore = false;
  runInContext('__TEMPORAL__.importWorkflows()', context);
  return { shared: [...shared.keys()], own: [...own.keys()] };
}

test.for(['workflow-bundle.js', 'workflow-bundle.traced.js'])(
  'in %s no workflow evaluates zod or the tables of the spec for itself',
  (bundle) => {
    const { shared, own } = modulesOf(bundle);

    expect(shared.filter((name) => name.includes('/zod/')).length).toBeGreaterThan(10);
    expect(own.filter((name) => /\/zod\/|instanceTable|bases\.js/.test(name))).toEqual([]);
    // Code that belongs to one workflow is never shared.
    expect(shared.filter((name) => name.includes('dist/workflows/'))).toEqual(['./dist/workflows/preloaded.js']);
    expect(own).toContain('./dist/workflows/fineTune.js');
  },
);
