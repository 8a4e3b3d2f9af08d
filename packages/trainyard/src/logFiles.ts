/**
 * Logs on disk: one file a stream, one line an event (`<epoch ms>\t<message>`). Jobs and endpoint processes write them by
 * themselves, so that nothing is lost while the emulator is down.
 * @module
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

export interface LogStreamFile {
  name: string;
  path: string;
  bytes: number;
  createdAt: number;
  modifiedAt: number;
}

export const TRAINING_LOGS = '/aws/sagemaker/TrainingJobs';
export const PROCESSING_LOGS = '/aws/sagemaker/ProcessingJobs';
export const endpointLogs = (endpointName: string): string => `/aws/sagemaker/Endpoints/${endpointName}`;

const ENDING = '.log';
/** CloudWatch cuts an event at 256 KB. */
const LONGEST_LINE = 262_144;
const root = (stateDir: string): string => join(stateDir, 'logs');
const folderOf = (stateDir: string, group: string): string => join(root(stateDir), encodeURIComponent(group));

/** The file of a stream, such as group `/aws/sagemaker/TrainingJobs`, stream `<job>/algo-1-<epoch>`. */
export const logPath = (stateDir: string, group: string, stream: string): string =>
  join(folderOf(stateDir, group), `${encodeURIComponent(stream)}${ENDING}`);

/** The file of another host's stream of the same job. */
export const logPathOfHost = (pathOfFirst: string, host: string): string =>
  pathOfFirst.replace(/algo-1(-\d+\.log)$/, `${host}$1`);

export function listGroups(stateDir: string): string[] {
  if (!existsSync(root(stateDir))) return [];
  return readdirSync(root(stateDir)).map(decodeURIComponent).sort();
}

/** The streams of a group, or undefined when there is no such group. */
export function listStreams(stateDir: string, group: string, prefix = ''): LogStreamFile[] | undefined {
  // By the list, not by the path: `..` is a legal name of a group that is not there.
  if (!listGroups(stateDir).includes(group)) return undefined;
  const folder = folderOf(stateDir, group);
  return readdirSync(folder)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => ({ name: decodeURIComponent(file.slice(0, -ENDING.length)), path: join(folder, file) }))
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name, path }) => {
      const { size, birthtimeMs, mtimeMs } = statSync(path);
      return { name, path, bytes: size, createdAt: Math.floor(birthtimeMs), modifiedAt: Math.floor(mtimeMs) };
    });
}

/** Cuts output into lines and writes each with its time. One writer a stream. */
export class LogWriter {
  private readonly file: number;
  private readonly partial = new Map<string, { decoder: StringDecoder; text: string }>();

  /** @param onLine  sees each whole line, for instance to read metrics from it */
  constructor(
    path: string,
    private readonly onLine: (line: string, time: number) => void = () => undefined,
  ) {
    mkdirSync(dirname(path), { recursive: true });
    this.file = openSync(path, 'a');
  }

  /** @param source  stdout and stderr are cut into lines apart, so that neither splits the other's lines */
  write(chunk: Buffer, source = 'stdout'): void {
    const pending = this.partial.get(source) ?? { decoder: new StringDecoder('utf8'), text: '' };
    const lines = (pending.text + pending.decoder.write(chunk)).split('\n');
    pending.text = lines.pop() ?? '';
    while (pending.text.length > LONGEST_LINE) {
      lines.push(pending.text.slice(0, LONGEST_LINE));
      pending.text = pending.text.slice(LONGEST_LINE);
    }
    this.partial.set(source, pending);
    this.writeLines(lines);
  }

  line(text: string): void {
    this.writeLines(text.split('\n'));
  }

  close(): void {
    for (const { decoder, text } of this.partial.values()) {
      const rest = text + decoder.end();
      if (rest) this.writeLines([rest]);
    }
    closeSync(this.file);
  }

  private writeLines(lines: string[]): void {
    if (!lines.length) return;
    const time = Date.now();
    // A progress bar overwrites its line by carriage returns: what was last seen of it is the line.
    const clean = lines.map((line) => line.replace(/\r$/, '').split('\r').at(-1) ?? '');
    writeSync(this.file, clean.map((line) => `${time}\t${line}\n`).join(''));
    for (const line of clean) this.onLine(line, time);
  }
}
