/**
 * Bundles the compiled workflows into dist/workflow-bundle.js, once per build: no worker spends its start on it.
 * @module
 */
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../src/dev/toolchain/places.js';

const dist = path.join(projectRoot, 'dist');

const { code } = await bundleWorkflowCode({
  workflowsPath: path.join(dist, 'workflows', 'index.js'),
  logger: new DefaultLogger('WARN'),
});

// Renamed into place: a worker that starts now reads the old bundle or the new one.
const fresh = path.join(dist, `workflow-bundle.js.${process.pid}.new`);
writeFileSync(fresh, code);
renameSync(fresh, path.join(dist, 'workflow-bundle.js'));
