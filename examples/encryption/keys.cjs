/**
 * Where data keys come from: AWS KMS, or a file on this machine. Either wraps a fresh key of 256 bits.
 */
const { createCipheriv, createDecipheriv, createHash, randomBytes } = require('node:crypto');
const { readFileSync } = require('node:fs');

/**
 * @typedef {object} Keys
 * @property {string} id                                                  of the wrapping key, for people; no secret
 * @property {() => Promise<{ wrapped: Buffer, plain: Buffer }>} make     a new data key
 * @property {(wrapped: Buffer) => Promise<Buffer | undefined>} unwrap    the data key that `make` wrapped; undefined: another key did
 */

/** @returns {Keys} @throws Error where neither variable is set, or the file holds no key */
exports.keysOf = (env) => {
  if (env.ATTUNE_CODEC_KMS_KEY) return kms(env.ATTUNE_CODEC_KMS_KEY);
  if (env.ATTUNE_CODEC_KEY_FILE) return file(env.ATTUNE_CODEC_KEY_FILE);
  throw new Error(
    'set ATTUNE_CODEC_KMS_KEY to a key of AWS KMS, or ATTUNE_CODEC_KEY_FILE to a file with 32 bytes in base64',
  );
};

/** KMS of a ciphertext that it did not make, or made with another key. Everything else may be another time. */
const FOREIGN = ['InvalidCiphertextException', 'IncorrectKeyException', 'ValidationException'];

/** The caller needs kms:GenerateDataKey to write and kms:Decrypt to read. */
function kms(keyId) {
  const { DecryptCommand, GenerateDataKeyCommand, KMSClient } = clientKms();
  const client = new KMSClient({});
  return {
    id: keyId,
    async make() {
      const made = await client.send(new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256' }));
      return { wrapped: Buffer.from(made.CiphertextBlob), plain: Buffer.from(made.Plaintext) };
    },
    async unwrap(wrapped) {
      try {
        const { Plaintext } = await client.send(new DecryptCommand({ KeyId: keyId, CiphertextBlob: wrapped }));
        return Buffer.from(Plaintext);
      } catch (error) {
        if (FOREIGN.includes(error.name)) return undefined;
        throw error;
      }
    },
  };
}

function clientKms() {
  try {
    return require('@aws-sdk/client-kms');
  } catch (error) {
    throw new Error('ATTUNE_CODEC_KMS_KEY needs a package that attune does not: npm install @aws-sdk/client-kms', {
      cause: error,
    });
  }
}

function file(path) {
  const wrapping = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');
  if (wrapping.length !== 32)
    throw new Error(`${path} holds ${wrapping.length} bytes, expected 32 in base64: openssl rand -base64 32 > ${path}`);
  return {
    id: `file:${createHash('sha256').update(wrapping).digest('hex').slice(0, 8)}`,
    async make() {
      const [plain, iv] = [randomBytes(32), randomBytes(12)];
      const cipher = createCipheriv('aes-256-gcm', wrapping, iv);
      return { plain, wrapped: Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]) };
    },
    async unwrap(wrapped) {
      return unlessForged(() => {
        const decipher = createDecipheriv('aes-256-gcm', wrapping, wrapped.subarray(0, 12));
        decipher.setAuthTag(wrapped.subarray(-16));
        return Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
      });
    },
  };
}

/** @returns undefined where the bytes are not what the key sealed, which Node throws as an error without a name of its own */
function unlessForged(decrypt) {
  try {
    return decrypt();
  } catch {
    return undefined;
  }
}
exports.unlessForged = unlessForged;
