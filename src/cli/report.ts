/**
 * `attune report`: a run's evaluation report on this machine.
 * @module
 */
import { resolve } from 'node:path';
import type { Reader } from '../client/index.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { reading } from './reading.js';

export interface ReportFlags extends JsonFlag {
  out?: string;
}

export const report = (io: Io, run: string, flags: ReportFlags): Promise<number> =>
  reading(io, (reader) => reportedBy(reader, io, run, flags));

async function reportedBy(reader: Reader, io: Io, run: string, { out, json }: ReportFlags): Promise<number> {
  const downloaded = await reader.report(run, out && resolve(io.cwd, out));
  if (json) io.json(downloaded);
  else io.out(downloaded.path);
  const { approval } = downloaded;
  if (approval)
    io.say(
      `${approval.verdict} by ${approval.by}${approval.identity ? ` (from ${approval.identity})` : ''}${approval.reason ? `: ${approval.reason}` : ''}`,
    );
  io.next('open it in a browser');
  return EXIT.done;
}
