/**
 * Makes the environment of the outside clients that the conformance suite runs, on first use, and prints its Python:
 * `tsx tools/conformance-python.ts`; with `v3` that of the SageMaker Python SDK's version 3, with `language-model` that of the
 * local stand-in's language model.
 * @module
 */
import { pins } from '../src/dev/toolchain/places.js';
import { provideConformancePython, provideLanguageModelPython } from '../src/dev/toolchain/python.js';

try {
  const step = { now: () => undefined, signal: new AbortController().signal };
  const lock = process.argv[2] === 'v3' ? pins.conformanceV3Lock : pins.conformanceLock;
  const isModel = process.argv[2] === 'language-model';
  const { file } = await (isModel ? provideLanguageModelPython(step) : provideConformancePython(step, lock));
  console.log(file);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
