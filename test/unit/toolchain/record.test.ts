import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { findTool, providedTool, recordFile, recordTools } from '../../../src/dev/toolchain/findTool.js';

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'attune-record-'));
  vi.stubEnv('XDG_DATA_HOME', folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
});

test('what set-up recorded is found', () => {
  recordTools({ temporal: { file: process.execPath, why: 'for a test' } });
  expect(findTool('temporal')).toBe(process.execPath);
});

test('without a set-up the error names the command', () => {
  expect(() => findTool('versitygw')).toThrow(/^versitygw is not set up yet: run `npm run setup` in \//);
});

test('a program that has gone is told apart from one that never was', () => {
  recordTools({ python: { file: '/nowhere/python', why: 'for a test' } });
  expect(() => findTool('python')).toThrow('python was at /nowhere/python and is gone: run `npm run setup`');
});

test('entries of another version of attune stay, and are not taken for ours', () => {
  const others = { temporal: { 'another digest': { file: '/theirs', why: 'theirs' } } };
  recordTools({});
  writeFileSync(recordFile(), JSON.stringify(others));
  expect(providedTool('temporal')).toBeUndefined();

  recordTools({ temporal: { file: '/ours', why: 'ours' } });
  expect(providedTool('temporal')).toEqual({ file: '/ours', why: 'ours' });
  expect(JSON.parse(readFileSync(recordFile(), 'utf8')).temporal).toMatchObject(others.temporal);
});

test('a record that is no JSON counts as none', () => {
  recordTools({});
  writeFileSync(recordFile(), '{"temporal": ');
  expect(providedTool('temporal')).toBeUndefined();
});
