/**
 * The data converter that ATTUNE_DATA_CONVERTER names: how payloads are encoded on their way to Temporal, such as encrypted.
 * Workers, clients and the event bridge read the same variable, because they read what the others wrote.
 * @module
 */
import type { DataConverter, PayloadCodec } from '@temporalio/common';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AttuneError } from '../spec/attuneError.js';

/** What the module exports: codecs, or a data converter that has them. Either may be a function that returns it, or a promise of it. */
interface ConverterModule {
  payloadCodecs?: PayloadCodec[] | (() => PayloadCodec[] | Promise<PayloadCodec[]>);
  dataConverter?: DataConverter | (() => DataConverter | Promise<DataConverter>);
}

/** Where the variable is not set, payloads are plain JSON. @throws AttuneError (NotConfigured) for a module that is none */
export async function configuredDataConverter(env: NodeJS.ProcessEnv): Promise<DataConverter> {
  const path = env['ATTUNE_DATA_CONVERTER'];
  return path ? loadDataConverter(path) : withoutCodec;
}

/** What Temporal's own converters write. */
const PLAIN = /^(json|binary)\/(plain|null|protobuf)$/;

/** Changes nothing; where others have encoded what it reads, it says what is missing. */
const plainOnly: PayloadCodec = {
  encode: (payloads) => Promise.resolve(payloads),
  decode: (payloads) => {
    const encodings = payloads.map(({ metadata }) => Buffer.from(metadata?.['encoding'] ?? []).toString());
    const unknown = encodings.find((encoding) => encoding !== '' && !PLAIN.test(encoding));
    if (unknown === undefined) return Promise.resolve(payloads);
    return Promise.reject(
      new AttuneError(
        'NotConfigured',
        `this run's payloads are encoded (${unknown}), and no data converter is configured here`,
        'set ATTUNE_DATA_CONVERTER to the module that its workers and clients use',
      ),
    );
  },
};

export const withoutCodec: DataConverter = { payloadCodecs: [plainOnly] };

/** Of the build, also for the sources: the SDK requires it. A message quotes what the codec is there to hide. */
const failureConverterPath = fileURLToPath(new URL('../../dist/client/encodedFailures.js', import.meta.url));

export async function loadDataConverter(path: string): Promise<DataConverter> {
  const module = await load(path);
  const converter = (await called(module.dataConverter)) ?? {};
  const payloadCodecs = (await called(module.payloadCodecs)) ?? converter.payloadCodecs;
  if (converter.payloadConverterPath || converter.failureConverterPath)
    throw notUsable(path, 'its dataConverter has a converter path, which workflows are not bundled with');
  if (!Array.isArray(payloadCodecs) || !payloadCodecs.every(isCodec))
    throw notUsable(
      path,
      'it exports neither payloadCodecs, a list of {encode, decode}, nor a dataConverter with them',
    );
  return { payloadCodecs, failureConverterPath };
}

async function load(path: string): Promise<ConverterModule> {
  try {
    const module = (await import(pathToFileURL(resolve(path)).href)) as ConverterModule & { default?: ConverterModule };
    return { ...module.default, ...module };
  } catch (error) {
    throw notUsable(path, (error as Error).message, error);
  }
}

const called = async <T extends object>(given: T | (() => T | Promise<T>) | undefined): Promise<T | undefined> =>
  typeof given === 'function' ? await given() : given;

const isCodec = (codec: Partial<PayloadCodec> | null): boolean =>
  typeof codec?.encode === 'function' && typeof codec.decode === 'function';

const notUsable = (path: string, why: string, cause?: unknown): AttuneError =>
  new AttuneError(
    'NotConfigured',
    `the data converter ${path} cannot be used: ${why}`,
    'name a module like examples/encryption/codec.cjs in ATTUNE_DATA_CONVERTER, the same for workers and clients',
    { cause },
  );
