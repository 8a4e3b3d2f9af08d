/**
 * How long an encoder takes for so many tokens, by an estimate of its work.
 *
 * The work is 2 floating-point operations for each weight of the encoder's layers and each token (Kaplan et al. 2020,
 * arXiv:2001.08361, section 2.1). A token is taken for four bytes of the data, the usual rule for English; what a model would cut is
 * counted, so the estimate leans to the high side.
 * @module
 */
import { knownBase } from './bases.js';

interface Machine {
  instanceType: string;
  /** Operations a second that an encoder reaches. */
  speed: number;
  /** USD an hour on demand in us-east-1, as in aws/prices.json. */
  usdPerHour: number;
}

/** Two cores with AVX-512 at 2.5 GHz: 0.32e12 at best in fp32, of which a third is assumed. Source: AWS's page of M5. */
export const CPU: Machine = { instanceType: 'ml.m5.xlarge', speed: 0.1e12, usdPerHour: 0.23 };
/** An A10G: 31e12 at best in fp32, of which a third is assumed. Source: NVIDIA's data sheet of the A10. */
export const GPU: Machine = { instanceType: 'ml.g5.xlarge', speed: 10e12, usdPerHour: 1.408 };

/** Billed on either: packages, data and models come in, results go out. */
export const OVERHEAD_SECONDS = 300;
const BYTES_A_TOKEN = 4;
/** Text shrinks to about a third under gzip. */
const GZIP = 3;

export interface SizedFile {
  name: string;
  bytes: number;
}

export const tokensIn = (files: readonly SizedFile[]): number =>
  files.reduce((sum, file) => sum + file.bytes * (/\.gz$/i.test(file.name) ? GZIP : 1), 0) / BYTES_A_TOKEN;

/** Operations for a token; undefined of a base whose size is not known. */
export function operationsOf(base: string): number | undefined {
  const known = knownBase(base);
  return known && 2 * 12 * known.layers * known.dimensions ** 2;
}

/** Of an instance type; undefined where it is not known. */
export const speedOf = (instanceType: string): number | undefined =>
  [CPU, GPU].find((machine) => machine.instanceType === instanceType)?.speed;

/** 12,345,678 → "12", 3,000,000,000 → "3,000" */
export const millions = (tokens: number): string =>
  tokens < 1e8 ? (tokens / 1e6).toPrecision(2) : Math.round(tokens / 1e6).toLocaleString('en');
