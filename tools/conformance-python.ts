/**
 * Makes the environment of the outside clients that the conformance suite runs, on first use, and prints its Python:
 * `tsx tools/conformance-python.ts`
 * @module
 */
import { provideConformancePython } from '../src/dev/toolchain/python.js';

try {
  const { file } = await provideConformancePython({ now: () => undefined, signal: new AbortController().signal });
  console.log(file);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
