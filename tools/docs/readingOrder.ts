/**
 * The order in which the pages of docs/ are read: that of the links in docs/index.md.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docsFolder } from './places.js';

interface Page {
  title: string;
  file: string;
}

export function readingOrder(): Page[] {
  const index = readFileSync(join(docsFolder, 'index.md'), 'utf8');
  const rows = index.matchAll(/^\| \[([^\]]+)\]\(([\w-]+\.md)\) \|/gm);
  return [{ title: 'All pages', file: 'index.md' }, ...[...rows].map(([, title = '', file = '']) => ({ title, file }))];
}

/** The last line of a page: the way back and the way on. Empty for a page that docs/index.md does not name. */
export function footerOf(file: string): string {
  const pages = readingOrder();
  const at = pages.findIndex((page) => page.file === file);
  if (at === -1) return '';
  const link = (word: string, page: Page | undefined): string[] =>
    page === undefined ? [] : [`${word}: [${page.title}](${page.file})`];
  return `${[...link('Back', pages[at - 1]), ...link('Next', pages[at + 1] ?? pages[0])].join(' · ')}\n`;
}
