/**
 * `attune index sync`: the index in service follows its documents, once or again and again.
 * @module
 */
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { appliedText } from './schedule.js';
import { uploading } from './uploading.js';

export interface SyncFlags extends JsonFlag {
  every?: string;
  cron?: string;
  timeZone?: string;
}

export async function sync(io: Io, of: string, { json, ...recurrence }: SyncFlags): Promise<number> {
  const attune = await io.attune();
  const again = `attune index sync ${of}`;
  const options = { cwd: io.cwd };
  if (recurrence.every !== undefined || recurrence.cron !== undefined) {
    const { result: applied } = await uploading(io, again, (upload) =>
      attune.scheduleIndexSync(of, { ...options, ...recurrence, ...upload }),
    );
    if (json) io.json(applied);
    else io.out(appliedText(applied));
    io.next(`attune schedule trigger ${applied.schedule.scheduleId}`);
    return EXIT.done;
  }
  const onStuck = (why: string): void => io.say(`${why}. The request is on record and waits for one`);
  const { result: synced } = await uploading(io, again, (upload) =>
    attune.syncIndex(of, { ...options, ...upload, onStuck }),
  );
  const { index, version, added, changed, deleted, unchanged } = synced;
  if (json) io.json(synced);
  else
    io.out(
      `index ${index}, version ${version}: ${added} added, ${changed} changed, ${deleted} deleted, ${unchanged} unchanged`,
    );
  return EXIT.done;
}
