/**
 * `attune setup`: provides the servers and the Python environment that `attune dev` runs on.
 * @module
 */
import { setUp, type PartName, type Toolchain } from '../dev/toolchain/setUp.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';

export interface SetupFlags extends JsonFlag {
  without?: PartName[];
}

export async function setup(io: Io, { without, json }: SetupFlags): Promise<number> {
  const terminal = io.terminal.out && io.terminal.talk;
  const tools = await setUp({ without, terminal, signal: io.interruption() });
  if (json) io.json(asJson(tools));
  io.next('attune dev');
  return EXIT.done;
}

/** @returns `{temporal, versitygw, python: path, why: {…}}`, without what no set-up has provided */
export function asJson(tools: Toolchain): Record<string, unknown> {
  const known = Object.entries(tools).filter(([, provided]) => provided !== undefined);
  return {
    ...Object.fromEntries(known.map(([tool, { file }]) => [tool, file])),
    why: Object.fromEntries(known.map(([tool, { why }]) => [tool, why])),
  };
}
