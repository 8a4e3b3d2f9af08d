/**
 * The files of docs/ that are made from the code, by their names.
 * @module
 */
import { architecturePicture } from './architecturePicture.js';
import { errorsPage } from './errorsPage.js';
import { footerOf } from './readingOrder.js';
import { specPage } from './specPage.js';

export const PAGES: Readonly<Record<string, () => string>> = {
  'spec.md': () => `${specPage()}\n${footerOf('spec.md')}`,
  'errors.md': () => `${errorsPage()}\n${footerOf('errors.md')}`,
  'images/architecture.svg': architecturePicture,
};
