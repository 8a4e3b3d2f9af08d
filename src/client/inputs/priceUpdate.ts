/**
 * A file of AWS's list prices, for specs to name in `prices`.
 * @module
 */
import { createReadStream } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ReadableStream } from 'node:stream/web';
import { priceListOf, readPriceList } from '../../aws/priceList.js';
import { AttuneError } from '../../spec/attuneError.js';
import { settingsWithRegion } from '../settings.js';
import { readPrices } from './priceFile.js';

export interface PriceUpdateOptions {
  /** Default: AWS_REGION, or that of the profile. */
  region?: string;
  /** The file to write. Default: prices.yaml in the working folder. */
  out?: string;
  /** A copy of AWS's list in its CSV form: a path or an http(s) address. Default: AWS's own. */
  from?: string;
  /** Where relative paths start. Default: the working folder. */
  cwd?: string;
}

export interface UpdatedPrices {
  path: string;
  region: string;
  /** As the file has it: the day of AWS's list, and the region. */
  asOf: string;
  types: number;
  /** Types whose spot price was kept: AWS's list has none. */
  keptSpot: string[];
}

const WITHIN_MS = 600_000;

/**
 * Writes AWS's on-demand list prices of a region. Spot prices that the file has already stay.
 *
 * @param env  default: the process's own
 * @throws AttuneError NotConfigured without a region; NotAvailable where the list cannot be had; InvalidRequest where the file
 *   is there and holds something else
 */
export async function updatePrices(
  { region: given, out = 'prices.yaml', from, cwd = process.cwd() }: PriceUpdateOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<UpdatedPrices> {
  const region = given ?? (await settingsWithRegion(env)).region;
  if (region === undefined)
    throw new AttuneError('NotConfigured', 'no region is named', 'give --region, or set AWS_REGION');
  if (!/^[a-z]{2,4}(-[a-z]+)+-\d$/.test(region))
    throw new AttuneError('InvalidRequest', `${region} is no region`, 'name one such as eu-west-1');
  const path = resolve(cwd, out);
  const spot = await spotIn(path);
  const source = from ?? priceListOf(region);
  const list = await readPriceList(linesOf(source, cwd));
  if (list === undefined)
    throw new AttuneError(
      'NotAvailable',
      `${source} is no list of SageMaker's prices in USD`,
      "give --from a copy of AWS's list, its index.csv, or write the prices into the spec",
    );
  const asOf = `${list.published}, ${region}`;
  const types = Object.entries(list.usdPerHour).sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  const keptSpot = types.flatMap(([type, onDemand]) => ((spot[type] ?? Infinity) <= onDemand ? [type] : []));
  const lines = types.map(([type, onDemand]) =>
    keptSpot.includes(type) ? `  ${type}: {onDemand: ${onDemand}, spot: ${spot[type]}}` : `  ${type}: ${onDemand}`,
  );
  await writeFile(path, [`# From ${source}`, `asOf: ${asOf}`, 'usdPerHour:', ...lines, ''].join('\n'));
  return { path, region, asOf, types: types.length, keptSpot };
}

/** Spot prices of the file that is about to be replaced. */
async function spotIn(path: string): Promise<Record<string, number | undefined>> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return {};
  const read = await readPrices(path, '/');
  if ('problem' in read)
    throw new AttuneError('InvalidRequest', `${path} is there and holds no prices`, 'name another file with --out');
  return Object.fromEntries(
    Object.entries(read.prices.usdPerHour).map(([type, price]) => [
      type,
      typeof price === 'object' ? price.spot : undefined,
    ]),
  );
}

const unavailable = (source: string, why: string, cause?: unknown): AttuneError =>
  new AttuneError(
    'NotAvailable',
    `no price list at ${source}: ${why}`,
    "check the region and the network; or give --from a copy of AWS's list, its index.csv",
    { cause },
  );

async function opened(source: string, cwd: string): Promise<AsyncIterable<Uint8Array>> {
  if (!/^https?:\/\//.test(source)) return createReadStream(resolve(cwd, source));
  const answer = await fetch(source, { signal: AbortSignal.timeout(WITHIN_MS) });
  if (!answer.ok || !answer.body) throw unavailable(source, `HTTP ${answer.status}`);
  return answer.body as ReadableStream<Uint8Array>;
}

/** The list is never whole in memory: some of AWS's have more than 100 MB. */
async function* linesOf(source: string, cwd: string): AsyncGenerator<string> {
  const text = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of await opened(source, cwd)) {
      const lines = (rest + text.decode(chunk, { stream: true })).split(/\r?\n/);
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    if (error instanceof AttuneError) throw error;
    const { code, cause, message } = error as Error & { code?: string; cause?: { code?: string } };
    throw unavailable(source, cause?.code ?? code ?? message, error);
  }
  if (rest !== '') yield rest;
}
