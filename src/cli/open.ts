/**
 * `attune open`: a run's page in the Temporal UI, or its report, in the browser.
 * @module
 */
import type { Reader } from '../client/index.js';
import { AttuneError } from '../spec/attuneError.js';
import { showInBrowser } from './browser.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { reading } from './reading.js';

export interface OpenFlags extends JsonFlag {
  report?: boolean;
}

export const open = (io: Io, run: string, flags: OpenFlags): Promise<number> =>
  flags.report ? reading(io, (reader) => openReport(reader, io, run, flags)) : openPage(io, run, flags);

async function openReport(reader: Reader, io: Io, run: string, { json }: OpenFlags): Promise<number> {
  const { path } = await reader.report(run);
  if (json) io.json({ report: path });
  else await shown(io, path);
  return EXIT.done;
}

async function openPage(io: Io, run: string, { json }: OpenFlags): Promise<number> {
  const { workflowId, ui } = await (await io.attune()).page(run);
  if (!ui.startsWith('http'))
    throw new AttuneError(
      'NotConfigured',
      `the address of the Temporal UI is not known; the run's page there is ${ui}`,
      'set TEMPORAL_UI_ADDRESS, such as https://temporal.example.org',
    );
  if (json) io.json({ workflowId, ui });
  else await shown(io, ui);
  return EXIT.done;
}

/** What goes to a script, a pipe or a machine without a display is the address alone. */
async function shown(io: Io, target: string): Promise<void> {
  io.out(target);
  if (io.terminal.out && !(await showInBrowser(target, io.env))) io.next('open it in a browser');
}
