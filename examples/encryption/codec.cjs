/**
 * Encrypts what attune sends to Temporal, by AES-256-GCM with data keys that a key of yours wraps.
 *
 *     export ATTUNE_DATA_CONVERTER=examples/encryption/codec.cjs
 *     export ATTUNE_CODEC_KMS_KEY=alias/attune       # AWS KMS, or for one machine:
 *     export ATTUNE_CODEC_KEY_FILE=codec.key         # openssl rand -base64 32 > codec.key
 *
 * Each payload carries its wrapped data key, so that it can be read as long as the wrapping key can be used.
 */
const { createCipheriv, createDecipheriv, randomBytes } = require('node:crypto');
const { temporal } = require('@temporalio/proto');
const { keysOf, unlessForged } = require('./keys.cjs');

const { Payload } = temporal.api.common.v1;
const ENCODING = 'binary/encrypted';
/** A data key is used so long, then a new one is made: a call of KMS every five minutes, not one a payload. */
const KEY_FOR_MS = 300_000;
const IV_BYTES = 12;
const TAG_BYTES = 16;

class EncryptionCodec {
  /** @param {import('./keys.cjs').Keys} keys */
  constructor(keys) {
    this.keys = keys;
    /** Plain data keys by their wrapped form. Failed look-ups are not kept. */
    this.known = new Map();
  }

  async encode(payloads) {
    if (payloads.length === 0) return payloads;
    const { wrapped, plain } = await this.currentKey();
    return payloads.map((payload) => ({
      metadata: {
        encoding: Buffer.from(ENCODING),
        'encryption-key-id': Buffer.from(this.keys.id),
        'encryption-data-key': wrapped,
      },
      data: encrypt(plain, Payload.encode(payload).finish(), wrapped),
    }));
  }

  /**
   * What is not encrypted passes: runs of before the codec stay readable. So does what this key never opens: a signal that somebody
   * sent with another key is ignored then, where an error would hold its workflow. What may be read later, such as when KMS answers
   * again, is an error.
   */
  async decode(payloads) {
    return Promise.all(payloads.map(async (payload) => (await this.opened(payload)) ?? payload));
  }

  /** Undefined where there is nothing that this key opens. */
  async opened({ metadata, data }) {
    const sealedKey = metadata?.['encryption-data-key'];
    if (!sealedKey || Buffer.from(metadata.encoding ?? []).toString() !== ENCODING) return undefined;
    const wrapped = Buffer.from(sealedKey);
    const key = await this.dataKey(wrapped);
    const plain = key && unlessForged(() => decrypt(key, Buffer.from(data ?? []), wrapped));
    return plain && Payload.decode(plain);
  }

  async currentKey() {
    if (!this.current || Date.now() - this.current.since > KEY_FOR_MS) {
      const made = this.keys.make();
      made.catch(() => (this.current = undefined));
      this.current = { since: Date.now(), made };
    }
    return this.current.made;
  }

  dataKey(wrapped) {
    const name = wrapped.toString('base64');
    if (!this.known.has(name)) {
      const plain = this.keys.unwrap(wrapped);
      const forget = () => this.known.delete(name);
      plain.then((key) => key ?? forget(), forget);
      this.known.set(name, plain);
    }
    return this.known.get(name);
  }
}

/** The wrapped key is authenticated with the data: neither can be exchanged. */
function encrypt(key, plain, wrapped) {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(wrapped);
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key, data, wrapped) {
  const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, IV_BYTES)).setAAD(wrapped);
  decipher.setAuthTag(data.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(data.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
}

/** A function: keys are looked for when attune asks, not when the module is loaded. */
exports.payloadCodecs = () => [new EncryptionCodec(keysOf(process.env))];
