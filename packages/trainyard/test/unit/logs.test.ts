import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Context } from '../../src/context.js';
import { listStreams, logPath, LogWriter, TRAINING_LOGS } from '../../src/logFiles.js';
import { logOperations } from '../../src/logs.js';

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'trainyard-logs-'));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

interface Page {
  events: { message: string; timestamp: number }[];
  nextForwardToken: string;
  nextBackwardToken: string;
}

const context = (): Context => ({ settings: { stateDir, region: 'r', accountId: '1' } }) as Context;
const ask = (operation: string, input: object) => logOperations[operation]?.(input as never, context()) as Page;
const messagesOf = ({ events }: Page): string[] => events.map(({ message }) => message);

function written(stream: string, act: (writer: LogWriter) => void): string[] {
  const path = logPath(stateDir, TRAINING_LOGS, stream);
  const writer = new LogWriter(path);
  act(writer);
  writer.close();
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => line.slice(line.indexOf('\t') + 1));
}

describe('a log on disk', () => {
  test('has whole lines, however the output was cut', () => {
    const text = Buffer.from('grün\nzwei');

    const lines = written('cut', (writer) => {
      for (const byte of text) writer.write(Buffer.from([byte]));
    });

    expect(lines).toEqual(['grün', 'zwei']);
  });

  test('keeps stdout and stderr from cutting each other', () => {
    const lines = written('both', (writer) => {
      writer.write(Buffer.from('out'), 'stdout');
      writer.write(Buffer.from('err\n'), 'stderr');
      writer.write(Buffer.from('put\n'), 'stdout');
    });

    expect(lines).toEqual(['err', 'output']);
  });

  test('shows the last state of a progress bar', () => {
    expect(written('bar', (writer) => writer.write(Buffer.from(' 1%\r50%\r99%\r\ndone\n')))).toEqual(['99%', 'done']);
  });

  test('cuts a line without an end as CloudWatch does', () => {
    const lines = written('long', (writer) => writer.write(Buffer.alloc(600_000, 'x')));

    expect(lines.map((line) => line.length)).toEqual([262_144, 262_144, 75_712]);
  });

  test('is found under its group and stream, whose names may hold slashes', () => {
    written('job/algo-1-1', (writer) => writer.line('x'));

    expect(listStreams(stateDir, TRAINING_LOGS, 'job/')?.map(({ name }) => name)).toEqual(['job/algo-1-1']);
    expect(listStreams(stateDir, '/aws/sagemaker/Endpoints/none')).toBeUndefined();
  });
});

describe('GetLogEvents', () => {
  const where = { logGroupName: TRAINING_LOGS, logStreamName: 's' };
  const fill = (count: number) =>
    written('s', (writer) => {
      for (let index = 0; index < count; index += 1) writer.line(`line ${index}`);
    });

  test('goes on where the forward token points, when lines were added meanwhile', () => {
    fill(2);
    const first = ask('GetLogEvents', { ...where, startFromHead: true });
    fill(1);

    const second = ask('GetLogEvents', { ...where, nextToken: first.nextForwardToken });

    expect(messagesOf(first)).toEqual(['line 0', 'line 1']);
    expect(messagesOf(second)).toEqual(['line 0']);
  });

  test('gives the same token back at the end, and no events', () => {
    fill(1);
    const { nextForwardToken } = ask('GetLogEvents', where);

    const end = ask('GetLogEvents', { ...where, nextToken: nextForwardToken });

    expect(end.events).toEqual([]);
    expect(end.nextForwardToken).toBe(nextForwardToken);
  });

  test('never fills a page above a megabyte', () => {
    written('s', (writer) => {
      for (let index = 0; index < 8; index += 1) writer.line('x'.repeat(250_000));
    });

    expect(ask('GetLogEvents', { ...where, startFromHead: true }).events).toHaveLength(4);
  });

  test('refuses a token that it did not give out', () => {
    fill(1);

    expect(() => ask('GetLogEvents', { ...where, nextToken: 'next' })).toThrow('nextToken is invalid');
  });
});
