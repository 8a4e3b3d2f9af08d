/**
 * Bundles the compiled workflows, once per build: no worker spends its start on it. One bundle is for workers that trace:
 * nobody else's workflows carry the interceptors.
 * @module
 */
import { bundleWorkflowCode, DefaultLogger, type BundleOptions } from '@temporalio/worker';
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { projectRoot } from '../src/dev/toolchain/places.js';

const dist = path.join(projectRoot, 'dist');
const interceptors = createRequire(import.meta.url).resolve(
  '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors',
);

await bundle('workflow-bundle.js', {});
await bundle('workflow-bundle.traced.js', { workflowInterceptorModules: [interceptors] });

async function bundle(name: string, more: Partial<BundleOptions>): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(dist, 'workflows', 'index.js'),
    failureConverterPath: path.join(dist, 'workflows', 'failureConverter.js'),
    logger: new DefaultLogger('WARN'),
    ...more,
  });
  // Renamed into place: a worker that starts now reads the old bundle or the new one.
  const fresh = path.join(dist, `${name}.${process.pid}.new`);
  writeFileSync(fresh, code);
  renameSync(fresh, path.join(dist, name));
}
