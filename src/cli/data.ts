/**
 * `attune data`: what the prepare job would make of a spec's data, on this machine and for nothing.
 * @module
 */
import { checkData, type Asks, type DataReport, type GateOutlook } from '../client/inputs/dataCheck.js';
import { reportOf } from '../spec/problem.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { setAsideLines } from './setAsideLines.js';
import { bytes, table } from './text.js';
import { grouped } from '../run/numbers.js';

export async function data(io: Io, file: string, { json }: JsonFlag): Promise<number> {
  const signal = io.interruption();
  const checked = await checkData(file, { cwd: io.cwd, onProgress: io.say, signal }, io.env);
  if (json) io.json(checked);
  if (!checked.ok) {
    const told = 'problems' in checked ? checked.problems.map(reportOf) : [checked.refused];
    if (!json) told.forEach(io.out);
    io.next(`fix the data, then attune data ${file}`);
    return EXIT.usage;
  }
  const page =
    'asks' in checked
      ? asksPage(checked.name, checked.asks, io)
      : pageOf(checked.name, checked.report, checked.gate, io);
  if (!json) page.forEach(io.out);
  io.next(`attune submit ${file} --watch`);
  return EXIT.done;
}

/** Nothing is paid here, so the questions themselves are not there to be looked at. */
export function asksPage(name: string, asks: Asks, io: Pick<Io, 'width'>): string[] {
  const { model, passages, of, documents, ofDocuments, questions, tokens, usd, setAside, warnings } = asks;
  const all = tokens.inputTokens + tokens.outputTokens;
  const price = usd === undefined ? 'at a price that is not known' : `about $${usd.toFixed(2)}`;
  return [
    `${name}: ${count(of)} passages of ${count(ofDocuments)} documents; ${count(passages)} of them, of ${count(documents)} documents, to be asked about`,
    `${model} is to write ${count(questions)} questions: about ${count(Math.round(all))} tokens, ${price}`,
    ...setAsideLines(setAside, io.width()),
    ...toLookAt(warnings),
    '',
    'which of its questions are taken, and what the gate can tell by them, the run says: attune show RUN',
  ];
}

export function pageOf(name: string, report: DataReport, gate: GateOutlook, io: Pick<Io, 'width'>): string[] {
  const { inputs, read, setAside, warnings } = report;
  const size = inputs.reduce((sum, input) => sum + input.bytes, 0);
  return [
    `${name}: ${count(read.rows)} rows of ${inputs.length} ${inputs.length === 1 ? 'file' : 'files'}, ${bytes(size)}`,
    '',
    countsTable(report),
    '',
    ...lengthLines(report),
    ...setAsideLines(setAside, io.width()),
    ...toLookAt(warnings),
    '',
    ...gateLines(gate),
  ];
}

const toLookAt = (warnings: readonly string[]): string[] =>
  warnings.length > 0 ? ['', 'look at this', ...warnings.map((warning) => `  ${warning}`)] : [];

const count = (number: number | undefined): string => (number === undefined ? '–' : grouped(number));

function countsTable({ counts }: DataReport): string {
  const kinds = ['questions', 'pairs', 'withNegatives', 'passages', 'groups'] as const;
  const rows = Object.entries(counts).map(([split, of]) => [split, ...kinds.map((kind) => count(of[kind]))]);
  return table([['', 'questions', 'pairs', 'with negatives', 'passages', 'groups'], ...rows]);
}

const lengthLines = ({ tokenLengths, maxSeqLength }: DataReport): string[] =>
  Object.entries(tokenLengths).map(([what, { p50, p95, truncatedShare = 0 }]) =>
    p50 === undefined
      ? `${what}: none`
      : `${what}: ${p50} tokens in the middle, 95 % have up to ${p95}; ${percent(truncatedShare)} are cut at ${maxSeqLength}`,
  );

export function gateLines({ metric, confidence, questions, groups, undecided, smallestGain }: GateOutlook): string[] {
  if (undecided !== undefined) return [`the gate will decide nothing: ${undecided}`];
  if (smallestGain === undefined) return [];
  const { low, high } = smallestGain;
  return [
    `the gate: with ${count(questions)} test questions of ${count(groups)} groups, a gain of ${low.toFixed(3)} to ${high.toFixed(3)} ${metric} is the`,
    `smallest that it is likely to see at ${percent(confidence)} confidence; more questions show less`,
  ];
}

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;
