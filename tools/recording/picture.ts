/**
 * What a terminal shows over time, as an SVG that plays by itself wherever an image may stand: no script, no font of its own.
 * Each screen stands beside the one before, and a strip of them passes behind a window, screen by screen. Rows that are
 * alike are drawn once.
 * @module
 */
import xterm from '@xterm/headless';
import type { IBufferCell } from '@xterm/headless';
import type { Piece, Size } from './typing.js';

/** In pixels of the picture: a letter of a monospaced font is 0.6 of its size wide. */
const FONT = 14;
const CELL = { width: FONT * 0.6, height: 19 };
const PADDING = 14;

const BACKGROUND = '#16181d';
const FOREGROUND = '#d6d9e0';
/** The sixteen of a terminal: black, red, green, yellow, blue, magenta, cyan, white, and bright. */
const PALETTE = [
  ...['#16181d', '#e2777a', '#7fbf7f', '#d9b263', '#79a8e0', '#c290d6', '#5fbcc4', '#d6d9e0'],
  ...['#808794', '#f09397', '#9bd69b', '#eecb82', '#9bc1f0', '#d9aeea', '#82d6dd', '#ffffff'],
];

interface Screen {
  at: number;
  /** The markup of each row, empty for a blank one. */
  rows: string[];
}

/**
 * @param pieces  with the seconds at which they came
 * @param rest    how long the last screen stands before it starts over, in seconds
 * @param title   what a screen reader says
 */
export async function picture(pieces: Piece[], { columns, rows, rest, title }: Size & { rest: number; title: string }) {
  const screens = await screensOf(pieces, { columns, rows });
  const width = Math.ceil(columns * CELL.width) + 2 * PADDING;
  const height = rows * CELL.height + 2 * PADDING;
  const total = (screens.at(-1)?.at ?? 0) + rest;
  const known = new Map<string, number>();
  const strip = screens.map(({ rows: all }, index) => {
    const uses = all.flatMap((row, y) => {
      if (row === '') return [];
      if (!known.has(row)) known.set(row, known.size);
      return [`<use href="#r${known.get(row)}" y="${y * CELL.height + FONT}"/>`];
    });
    return `<g transform="translate(${index * width} 0)">${uses.join('')}</g>`;
  });
  const frames = screens.map(
    ({ at }, index) => `${((100 * at) / total).toFixed(3)}%{transform:translateX(${-index * width}px)}`,
  );
  const last = `translateX(${-(screens.length - 1) * width}px)`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
text{font:${FONT}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;fill:${FOREGROUND}}
.b{font-weight:700}.d{opacity:.7}
#s{animation:s ${total.toFixed(2)}s step-end infinite}
@keyframes s{${frames.join('')}}
@media (prefers-reduced-motion:reduce){#s{animation:none;transform:${last}}}
</style>
<defs>
${[...known].map(([row, index]) => `<text id="r${index}" xml:space="preserve">${row}</text>`).join('\n')}
</defs>
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
<svg x="${PADDING}" y="${PADDING}" width="${width - 2 * PADDING}" height="${height - 2 * PADDING}" overflow="hidden">
<g id="s">
${strip.join('\n')}
</g>
</svg>
</svg>
`;
}

async function screensOf(pieces: Piece[], { columns, rows }: Size): Promise<Screen[]> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const screens: Screen[] = [];
  for (const { at, text } of pieces) {
    await new Promise<void>((done) => terminal.write(text, done));
    const buffer = terminal.buffer.active;
    const shown = [...Array(rows).keys()].map((y) => {
      const line = buffer.getLine(buffer.viewportY + y);
      const cells = [...Array(columns).keys()].map((x) => line!.getCell(x)!);
      return rowOf(cells);
    });
    if (JSON.stringify(shown) !== JSON.stringify(screens.at(-1)?.rows)) screens.push({ at, rows: shown });
  }
  terminal.dispose();
  return screens;
}

/** Spans of one look, each at its own column: a font whose letters are wider than ours moves nothing. */
function rowOf(cells: IBufferCell[]): string {
  const spans: { x: number; look: string; text: string }[] = [];
  cells.forEach((cell, x) => {
    if (cell.getWidth() === 0) return;
    const text = cell.getChars() || ' ';
    const look = lookOf(cell);
    const last = spans.at(-1);
    if (last?.look === look) last.text += text;
    else spans.push({ x, look, text });
  });
  return spans
    .map(({ text, ...span }) => ({ ...span, text: text.trimEnd() }))
    .filter(({ text }) => text !== '')
    .map(({ x, look, text }) => `<tspan x="${+(x * CELL.width).toFixed(1)}"${look}>${escaped(text)}</tspan>`)
    .join('');
}

function lookOf(cell: IBufferCell): string {
  const names = [...(cell.isBold() ? ['b'] : []), ...(cell.isDim() ? ['d'] : [])];
  const colour = cell.isFgPalette() ? PALETTE[cell.getFgColor()] : undefined;
  return `${names.length > 0 ? ` class="${names.join(' ')}"` : ''}${colour ? ` fill="${colour}"` : ''}`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
