/**
 * `attune logs`: what a run's job, or the endpoint, has written.
 * @module
 */
import type { LogLine, Reader } from '../client/index.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { reading } from './reading.js';

export interface LogsFlags extends JsonFlag {
  stage?: string;
  follow?: boolean;
  tail?: number;
}

export const logs = (io: Io, run: string, flags: LogsFlags): Promise<number> =>
  reading(io, (reader) => logsBy(reader, io, run, flags));

async function logsBy(reader: Reader, io: Io, run: string, { stage, follow, tail, json }: LogsFlags): Promise<number> {
  const signal = follow ? io.interruption() : undefined;
  const { source, lines } = await reader.logs(run, { stage, follow, signal });
  io.say(`${source.stage}: ${source.name}`);
  const tell = (line: LogLine): void => (json ? io.json(line) : io.out(`${line.at.slice(0, 19)}Z  ${line.text}`));
  if (tail === undefined) for await (const line of lines) tell(line);
  else {
    const last: LogLine[] = [];
    for await (const line of lines) if (last.push(line) > tail) last.shift();
    last.forEach(tell);
  }
  return EXIT.done;
}
