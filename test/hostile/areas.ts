/**
 * All that strangers can hand in, an area each.
 * @module
 */
import { archives } from './archives.js';
import type { Area } from './area.js';
import { bridgeArea } from './bridge.js';
import { emulatorArea } from './emulator.js';
import { pythonAreas } from './python.js';
import { signalsArea } from './signals.js';
import { specArea } from './spec.js';
import { terminal } from './terminal.js';
import { upload } from './upload.js';

export const areas: Area[] = [
  specArea,
  upload,
  ...pythonAreas,
  archives,
  emulatorArea,
  bridgeArea,
  signalsArea,
  terminal,
];
