/**
 * The files of a spec, brought to S3, and the spec that names them there.
 * @module
 */
import type { S3Client } from '@aws-sdk/client-s3';
import type { FineTuneSpecInput } from '../../spec/schema.js';
import { address, type Addressed } from './contentAddress.js';
import { othersBelow } from '../../aws/s3.js';
import { AttuneError } from '../../spec/attuneError.js';
import { fromAws } from '../aws.js';
import { bucketOf, type Settings } from '../settings.js';
import type { ChosenSource, SourceToUpload } from './chosen.js';
import type { CheckedSpec, LocalSource } from './specFile.js';
import { upload } from './upload.js';

export interface UploadProgress {
  /** Bytes that are in S3 now. */
  doneBytes: number;
  totalBytes: number;
  /** Those of them that this call had to send. */
  sentBytes: number;
}

export interface InputOptions {
  /** Called before anything is read or sent, of a spec that names local files. */
  onChosen?: (chosen: readonly SourceToUpload[]) => void;
  onProgress?: (progress: UploadProgress) => void;
  /** Interrupts an upload; the next submit goes on where this one stopped. */
  signal?: AbortSignal;
  /** Bytes a part of a big file. Default 16 MiB. */
  partBytes?: number;
}

const FILES_AT_ONCE = 8;

/** Uploads what is not there yet and returns the input with S3 URIs in place of local paths. */
export async function bringToS3<Input extends object = FineTuneSpecInput>(
  s3: () => S3Client,
  settings: Settings,
  {
    input,
    spec,
    upload: chosen,
  }: { input: Input; spec: Pick<CheckedSpec['spec'], 'encryption'>; upload: readonly ChosenSource[] },
  { onChosen = () => undefined, onProgress = () => undefined, signal, partBytes }: InputOptions = {},
): Promise<Input> {
  if (chosen.length === 0) return input;
  const bucket = bucketOf(settings);
  const prefix = [settings.prefix, 'inputs'].filter(Boolean).join('/');

  onChosen(chosen.map(({ told }) => told));
  const addressed = await Promise.all(
    chosen.map(async (each) => ({ source: each.source, at: await address(each, partBytes) })),
  );

  const progress: UploadProgress = {
    doneBytes: 0,
    sentBytes: 0,
    totalBytes: addressed.reduce((sum, { at }) => sum + bytesOf(at), 0),
  };
  const waiting = addressed.flatMap(({ source, at }) =>
    at.files.map((file) => ({ file, key: `${prefix}/${at.key}${source.folder ? `/${file.name}` : ''}` })),
  );
  const uploadNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { file, key } = next;
      const onBytes = (bytes: number, sent: boolean): void => {
        progress.doneBytes += bytes;
        if (sent) progress.sentBytes += bytes;
        onProgress({ ...progress });
      };
      await upload(s3(), file, bucket, key, spec.encryption, { onBytes, signal }).catch((error: unknown) => {
        throw fromAws(error, `uploading ${file.path} to s3://${bucket}/${key}`);
      });
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, uploadNext));
  onProgress({ ...progress });
  for (const { source, at } of addressed)
    if (source.folder) await assertNothingElse(s3(), `s3://${bucket}/${prefix}/${at.key}/`, at);
  return withUris(
    input,
    addressed.map(({ source, at }) => ({
      source,
      uri: `s3://${bucket}/${prefix}/${at.key}${source.folder ? '/' : ''}`,
    })),
  );
}

/** Jobs read all that lies in a folder. */
async function assertNothingElse(s3: S3Client, folder: string, { files }: Addressed): Promise<void> {
  const [other] = await othersBelow(s3, folder, new Set(files.map(({ name }) => folder + name))).catch(
    (error: unknown) => {
      throw fromAws(error, `listing ${folder}`);
    },
  );
  if (other === undefined) return;
  throw new AttuneError('ContentChanged', `${other} was not uploaded by attune, and lies among the files of a spec`);
}

const bytesOf = ({ files }: Addressed): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

function withUris<Input extends object>(input: Input, moved: readonly { source: LocalSource; uri: string }[]): Input {
  const changed = structuredClone(input);
  for (const { source, uri } of moved) put(changed, source.field, uri);
  return changed;
}

/** Sets what stands at a path such as `gate.guards[0].corpus`. */
function put(spec: object, field: string, value: string): void {
  const keys = field.split(/[.[\]]+/).filter(Boolean);
  const last = keys.pop()!;
  const holder = keys.reduce<Record<string, unknown>>(
    (at, key) => at[key] as Record<string, unknown>,
    spec as Record<string, unknown>,
  );
  holder[last] = value;
}
