/**
 * What uv is doing, read from the lines it prints where there is no terminal.
 * @module
 */

const BYTES: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/**
 * uv names the packages above 1 MB when it begins and when it has ended to fetch and unpack each; what is on its way in
 * between is not told, so bytes are those of packages that are done.
 *
 * @returns takes uv's lines, gives what is being done after each, in a few words
 */
export function uvProgress(): (line: string) => string {
  const wanted = new Map<string, number>();
  const fetched = new Set<string>();
  const building = new Set<string>();
  let phase = 'asking the index which packages there are';

  return (line) => {
    const [, verb = '', name = '', size, unit = ''] =
      /^(Downloading|Downloaded|Building|Built|Resolved|Prepared|Installed) (\S+)(?: \(([\d.]+)(\w+)\))?/.exec(line) ??
      [];
    if (verb === 'Downloading') wanted.set(name, Number(size) * (BYTES[unit] ?? 1));
    if (verb === 'Downloaded') fetched.add(name);
    if (verb === 'Building') building.add(name);
    if (verb === 'Built') building.delete(name);
    if (verb === 'Resolved') phase = `fetching ${name} packages`;
    if (verb === 'Prepared') phase = `putting ${name} packages in place`;
    if (verb === 'Installed') phase = `${name} packages in place`;
    if (verb === 'Prepared' || verb === 'Installed') wanted.clear();

    const left = [...wanted.keys()].filter((key) => !fetched.has(key));
    if (left.length > 0) {
      const sum = (keys: Iterable<string>) => [...keys].reduce((total, key) => total + (wanted.get(key) ?? 0), 0);
      const [first = ''] = left.toSorted((a, b) => wanted.get(b)! - wanted.get(a)!);
      const others = left.length > 1 ? ` and ${left.length - 1} more` : '';
      return `downloading ${first}${others}, ${sizeText(sum(fetched))} of ${sizeText(sum(wanted.keys()))} done`;
    }
    const [built] = building;
    return built === undefined ? phase : `building ${built}`;
  };
}

/** @returns "12 MB", "3.4 GB" */
export function sizeText(bytes: number): string {
  const megabytes = Math.round(bytes / 1e6);
  return megabytes < 1000 ? `${megabytes} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
