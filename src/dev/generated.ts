/**
 * The files of this repository that are made from its code: the build brings them up to date, a test holds them.
 * @module
 */
import { MODEL_PACKAGE } from '../run/modelPackage.js';
import { SHAPES, shapeText } from '../run/shapes.js';
import { DATA_ROWS } from '../spec/dataRows.js';
import { jsonSchemaText } from '../spec/jsonSchema.js';

/** Path from the root → content. */
export const generated = (): Record<string, string> => ({
  'schema/attune-v1.schema.json': jsonSchemaText(),
  ...Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape]) => [`schema/${name}-v1.schema.json`, shapeText(shape)]),
  ),
  'python/attune_jobs/serving/package_rule.json': `${JSON.stringify(MODEL_PACKAGE, null, 2)}\n`,
  'python/attune_jobs/prepare/data_rows.json': `${JSON.stringify(DATA_ROWS, null, 2)}\n`,
});
