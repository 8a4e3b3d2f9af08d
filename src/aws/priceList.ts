/**
 * AWS's own price list of SageMaker in one region, line by line: the CSV form of the Price List bulk API, which puts a price and
 * what it is the price of into one line. Five lines of metadata, the names of the columns, then the prices.
 * Source: AWS Billing user guide, "Reading the service price list file for an AWS service" (read 2026-11).
 * @module
 */
import { INSTANCES } from '../spec/instances.js';

/** No key is needed. The same list lies beside it as index.json. */
export const priceListOf = (region: string): string =>
  `https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonSageMaker/current/${region}/index.csv`;

export interface PriceList {
  /** The day of its publication: 2026-09-25. */
  published: string;
  /** On demand, by instance type; the dearest where training, processing and hosting differ, so that no budget is passed. */
  usdPerHour: Record<string, number>;
}

/** Columns, in lower case. */
const WANTED = ['termtype', 'unit', 'priceperunit', 'currency', 'usagetype'] as const;
/** "EUW1-Train:ml.g5.xlarge": the rest of SageMaker (notebooks, Studio, clusters) is not attune's. */
const USAGE = /(?:^|-)(?:Train|Processing|Host):(ml\.[a-z0-9-]+\.[a-z0-9-]+)$/;

/** @returns undefined of what is no such list, or has no price in USD of a type that SageMaker's jobs or endpoints take */
export async function readPriceList(lines: AsyncIterable<string>): Promise<PriceList | undefined> {
  let published: string | undefined;
  let at: Record<(typeof WANTED)[number], number> | undefined;
  const usdPerHour: Record<string, number> = {};
  for await (const line of lines) {
    const cells = cellsOf(line);
    if (at === undefined) {
      if (cells[0] === 'Publication Date') published = /^\d{4}-\d\d-\d\d/.exec(cells[1] ?? '')?.[0];
      at = columnsIn(cells);
      continue;
    }
    const type = USAGE.exec(cells[at.usagetype] ?? '')?.[1] ?? '';
    const usd = Number(cells[at.priceperunit]);
    const isHourly = cells[at.termtype] === 'OnDemand' && /^(hrs|hours?)$/i.test(cells[at.unit] ?? '');
    if (isHourly && cells[at.currency] === 'USD' && INSTANCES.has(type) && usd > 0)
      usdPerHour[type] = Math.max(usd, usdPerHour[type] ?? 0);
  }
  return published !== undefined && Object.keys(usdPerHour).length > 0 ? { published, usdPerHour } : undefined;
}

function columnsIn(cells: readonly string[]): Record<(typeof WANTED)[number], number> | undefined {
  const names = cells.map((cell) => cell.toLowerCase().replaceAll(' ', ''));
  const found = WANTED.map((name) => [name, names.indexOf(name)] as const);
  return found.every(([, index]) => index >= 0)
    ? (Object.fromEntries(found) as Record<(typeof WANTED)[number], number>)
    : undefined;
}

/** Of a line of CSV: quoted or not, with "" for a quotation mark. */
const cellsOf = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
