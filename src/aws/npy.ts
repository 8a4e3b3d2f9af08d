/**
 * NumPy's array files, as far as jobs write them: two dimensions, little-endian float16 or float32, row by row.
 * @module
 */
export interface Matrix {
  rows: number;
  columns: number;
  /** rows × columns values, row by row. */
  values: Float32Array;
}

/** @throws Error that says what the file holds instead */
export function readNpy(file: Buffer): Matrix {
  if (file.toString('latin1', 0, 6) !== '\x93NUMPY') throw new Error('not an npy file');
  const long = file[6]! > 1;
  const headerStart = long ? 12 : 10;
  const headerBytes = long ? file.readUInt32LE(8) : file.readUInt16LE(8);
  const header = file.toString('latin1', headerStart, headerStart + headerBytes);
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const shape = /'shape':\s*\((\d+),\s*(\d+)\)/.exec(header);
  if (!shape || !/'fortran_order':\s*False/.test(header) || (type !== '<f2' && type !== '<f4')) {
    throw new Error(`expected a two-dimensional array of <f2 or <f4, row by row; found ${header.trim()}`);
  }
  const [rows, columns] = [Number(shape[1]), Number(shape[2])];
  const bytesEach = type === '<f2' ? 2 : 4;
  const start = headerStart + headerBytes;
  if (file.length - start !== rows * columns * bytesEach)
    throw new Error(`the file is cut: ${rows} × ${columns} values expected`);
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < values.length; i += 1) {
    values[i] = type === '<f2' ? fromHalf(file.readUInt16LE(start + 2 * i)) : file.readFloatLE(start + 4 * i);
  }
  return { rows, columns, values };
}

/** Form 1.0, float32, as NumPy itself writes it. */
export function writeNpy({ rows, columns, values }: Matrix): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  // The values begin at a multiple of 64 bytes.
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const start = Buffer.alloc(10 + padded.length);
  start.write('\x93NUMPY\x01\x00', 'latin1');
  start.writeUInt16LE(padded.length, 8);
  start.write(padded, 10, 'latin1');
  const body = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => body.writeFloatLE(value, 4 * i));
  return Buffer.concat([start, body]);
}

/** IEEE 754 binary16: 1 sign bit, 5 of exponent, 10 of fraction. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
