/**
 * The spec's JSON Schema, for editors and other languages.
 * @module
 */
import { z } from 'zod';
import { fineTuneSpecSchema } from './schema.js';

/** Of what a person writes: keys with a default are not required. */
export const jsonSchema = (): object => z.toJSONSchema(fineTuneSpecSchema, { io: 'input', target: 'draft-2020-12' });

/** As it is committed. */
export const jsonSchemaText = (): string => `${JSON.stringify(jsonSchema(), null, 2)}\n`;
