/**
 * Bundles the compiled workflows, once per build: no worker spends its start on it. One bundle is for workers that trace:
 * nobody else's workflows carry the interceptors.
 * @module
 */
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { projectRoot } from '../src/dev/toolchain/places.js';

const dist = path.join(projectRoot, 'dist');
const payloadConverterPath = path.join(dist, 'workflows', 'payloadConverter.js');
const tracing = createRequire(import.meta.url).resolve(
  '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors',
);

await bundle('workflow-bundle.js', [payloadConverterPath]);
await bundle('workflow-bundle.traced.js', [payloadConverterPath, tracing]);

async function bundle(name: string, workflowInterceptorModules: string[]): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(dist, 'workflows', 'index.js'),
    failureConverterPath: path.join(dist, 'workflows', 'failureConverter.js'),
    payloadConverterPath,
    workflowInterceptorModules,
    preloadModules: [path.join(dist, 'workflows', 'preloaded.js')],
    logger: new DefaultLogger('WARN'),
  });
  // Renamed into place: a worker that starts now reads the old bundle or the new one.
  const fresh = path.join(dist, `${name}.${process.pid}.new`);
  writeFileSync(fresh, code);
  renameSync(fresh, path.join(dist, name));
}
