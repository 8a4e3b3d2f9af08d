/**
 * Prints where set-up put a program: `tsx tools/find-tool.ts temporal|versitygw|python`.
 * @module
 */
import { findTool, type Tool } from '../src/dev/toolchain/findTool.js';

try {
  console.log(findTool(process.argv[2] as Tool));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
