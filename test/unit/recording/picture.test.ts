/** The picture of a terminal over time: what stands on each screen, and when. */
import { expect, test } from 'vitest';
import { paced } from '../../../tools/recording/pace.js';
import { picture } from '../../../tools/recording/picture.js';

const drawn = (pieces: { at: number; text: string }[]) =>
  picture(pieces, { columns: 20, rows: 3, rest: 2, title: 'a <title>' });

test('a line that is drawn anew stands anew in the next screen, and what stays is drawn once', async () => {
  const svg = await drawn([
    { at: 0, text: 'stays\r\n\x1b[32mgreen\x1b[0m & plain\r\n' },
    { at: 2, text: '\x1b[1A\r\x1b[Jnext' },
  ]);

  expect(svg.match(/<text id/g)).toHaveLength(3);
  expect(svg).toContain('<tspan x="0" fill="#7fbf7f">green</tspan><tspan x="42"> &amp; plain</tspan>');
  expect(svg.match(/<use href="#r0"/g)).toHaveLength(2);
  expect(svg).toMatch(/0\.000%\{transform:translateX\(0px\)\}50\.000%\{transform:translateX\(-\d+px\)\}/);
  expect(svg).toContain('<title>a &lt;title&gt;</title>');
});

test('who wants no motion sees the last screen', async () => {
  const svg = await drawn([
    { at: 0, text: 'a' },
    { at: 1, text: '\x1b[2J\x1b[Hb' },
  ]);

  expect(svg).toMatch(/prefers-reduced-motion:reduce\)\{#s\{animation:none;transform:translateX\(-\d+px\)\}\}/);
});

test('what takes long passes faster, and looks of a moment are one', () => {
  const long = [...Array(100).keys()].map((at) => ({ at, text: `${at} ` }));
  const pieces = paced([long, [{ at: 200, text: 'x' }]], { longest: 10, rest: 2, apart: 0.5 });

  expect(pieces.at(-1)).toEqual({ at: 12, text: 'x' });
  expect(pieces.length).toBeLessThan(25);
  expect(pieces.map(({ text }) => text).join('')).toBe([...long.map(({ text }) => text), 'x'].join(''));
});
