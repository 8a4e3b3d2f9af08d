/**
 * What the tests need of the machine: a Python with the packages of the README, and the S3 server versitygw.
 * @module
 */

/** `TRAINYARD_PYTHON`, else the `python3` of PATH. */
export const python = process.env['TRAINYARD_PYTHON'] ?? 'python3';

/** `TRAINYARD_S3_SERVER`, else the `versitygw` of PATH. */
export const s3Server = process.env['TRAINYARD_S3_SERVER'] ?? 'versitygw';
