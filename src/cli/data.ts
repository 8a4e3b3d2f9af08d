/**
 * `attune data`: what the prepare job would make of a spec's data, on this machine and for nothing.
 * @module
 */
import { checkData, type DataReport, type GateOutlook } from '../client/inputs/dataCheck.js';
import { sentenceOf } from '../spec/problem.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { bytes, oneLine, table } from './text.js';

export async function data(io: Io, file: string, { json }: JsonFlag): Promise<number> {
  const signal = io.interruption();
  const checked = await checkData(file, { cwd: io.cwd, onProgress: io.say, signal }, io.env);
  if (json) io.json(checked);
  if (!checked.ok) {
    const told = 'problems' in checked ? checked.problems.map(sentenceOf) : [checked.refused];
    if (!json) told.forEach(io.out);
    io.next(`mend the data, then attune data ${file}`);
    return EXIT.usage;
  }
  if (!json) for (const line of pageOf(checked.name, checked.report, checked.gate, io)) io.out(line);
  io.next(`attune submit ${file} --watch`);
  return EXIT.done;
}

function pageOf(name: string, report: DataReport, gate: GateOutlook, io: Io): string[] {
  const { inputs, read, setAside, warnings } = report;
  const size = inputs.reduce((sum, input) => sum + input.bytes, 0);
  const width = Math.max(40, io.width() - 2);
  return [
    `${name}: ${count(read.rows)} rows of ${inputs.length} ${inputs.length === 1 ? 'file' : 'files'}, ${bytes(size)}`,
    '',
    countsTable(report),
    '',
    ...lengthLines(report),
    ...(setAside.length > 0 ? ['', 'set aside, merged or left out'] : []),
    ...setAside.flatMap(({ reason, count: many, examples }) => [
      `  ${count(many)} ${reason}`,
      ...(examples.length > 0 ? [`      ${oneLine(examples.map((one) => `"${one}"`).join(', '), width - 6)}`] : []),
    ]),
    ...(warnings.length > 0 ? ['', 'look at this'] : []),
    ...warnings.map((warning) => `  ${warning}`),
    '',
    ...gateLines(gate),
  ];
}

const count = (number: number | undefined): string => (number === undefined ? '–' : number.toLocaleString('en'));

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

function gateLines({ metric, confidence, questions, groups, minQuestions, smallestGain }: GateOutlook): string[] {
  if (questions < minQuestions)
    return [`the gate will refuse: ${questions} test questions are fewer than gate.minQuestions, ${minQuestions}`];
  if (smallestGain === undefined) return [];
  const { low, high } = smallestGain;
  return [
    `the gate: with ${count(questions)} test questions of ${count(groups)} groups, a gain of ${low.toFixed(3)} to ${high.toFixed(3)} ${metric} is the`,
    `smallest that it is likely to see at ${percent(confidence)} confidence; more questions show less`,
  ];
}

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;
