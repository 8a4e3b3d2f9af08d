/**
 * A step of the build: brings the committed JSON Schema up to date. Written only when it differs.
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { jsonSchemaText, SCHEMA_FILE } from './jsonSchema.js';

const text = jsonSchemaText();
if (!existsSync(SCHEMA_FILE) || readFileSync(SCHEMA_FILE, 'utf8') !== text) {
  mkdirSync(dirname(SCHEMA_FILE), { recursive: true });
  writeFileSync(SCHEMA_FILE, text);
}
