/**
 * Colours that pass where all other control sequences are replaced: attune's own styling is told from that of foreign text by a
 * mark that no text can hold, because it is drawn anew in every process.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { styleText } from 'node:util';
import { forTerminal } from '../spec/foreignText.js';

export type Format = Parameters<typeof styleText>[0];

const ESC = '\x1b';
const MARK = `\uf8ff${randomBytes(16).toString('hex')}`;

/** The text styled, as `shown` takes it. Whether it should be is the caller's to know: no stream is asked. */
export const styled = (format: Format, text: string): string =>
  styleText(format, forTerminal(text), { validateStream: false }).replaceAll(ESC, MARK);

/** What may go to a terminal: nothing in it acts on the terminal but what `styled` made. */
export const shown = (text: string): string => forTerminal(text).replaceAll(MARK, ESC);
