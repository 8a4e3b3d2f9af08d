/**
 * The spec's JSON Schema, for editors and other languages.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { fineTuneSpecSchema } from './schema.js';

/** The committed copy. */
export const SCHEMA_FILE = fileURLToPath(new URL('../../schema/attune-v1.schema.json', import.meta.url));

/** Of what a person writes: keys with a default are not required. */
export const jsonSchema = (): object => z.toJSONSchema(fineTuneSpecSchema, { io: 'input', target: 'draft-2020-12' });

/** As it is committed. */
export const jsonSchemaText = (): string => `${JSON.stringify(jsonSchema(), null, 2)}\n`;
