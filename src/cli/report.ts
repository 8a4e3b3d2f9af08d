/**
 * `attune report`: a run's evaluation report on this machine.
 * @module
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Reader } from '../client/index.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { reading } from './reading.js';

export interface ReportFlags extends JsonFlag {
  out?: string;
  /** Seconds; `true`: the longest that S3 signs. */
  share?: number | true;
}

export const report = (io: Io, run: string, flags: ReportFlags): Promise<number> =>
  reading(io, (reader) =>
    flags.share === undefined ? reportedBy(reader, io, run, flags) : shared(reader, io, run, flags.share, flags),
  );

async function reportedBy(reader: Reader, io: Io, run: string, { out, json }: ReportFlags): Promise<number> {
  const downloaded = await reader.report(run, out && resolve(io.cwd, out));
  if (json) io.json(downloaded);
  else io.out(downloaded.path);
  const { approval } = downloaded;
  if (approval)
    io.say(
      `${approval.verdict} by ${approval.by}${approval.identity ? ` (from ${approval.identity})` : ''}${approval.reason ? `: ${approval.reason}` : ''}`,
    );
  io.next(`open ${pathToFileURL(downloaded.path).href} in a browser`);
  return EXIT.done;
}

/** The link alone on stdout: to be copied, or piped. */
async function shared(
  reader: Reader,
  io: Io,
  run: string,
  share: number | true,
  { json }: ReportFlags,
): Promise<number> {
  const link = await reader.share(run, share === true ? undefined : share);
  if (json) io.json(link);
  else io.out(link.url);
  const until = `${link.expiresAt.slice(0, 16).replace('T', ' ')} UTC`;
  const why = link.shortened ? ', when the credentials end that signed it' : '';
  io.say(`whoever has this link reads the report until ${until}${why}`);
  return EXIT.done;
}
