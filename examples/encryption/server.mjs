/**
 * A codec server: the Temporal UI and the `temporal` CLI send it payloads and get them decoded. Whoever has its token reads
 * everything: run it where only your people reach it, behind TLS.
 *
 *     ATTUNE_CODEC_TOKEN=… ATTUNE_CODEC_UI=https://temporal.example.com PORT=8081 node examples/encryption/server.mjs
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import codec from './codec.cjs';

const { ATTUNE_CODEC_TOKEN: token, ATTUNE_CODEC_UI: ui, PORT = '8081', HOST = '127.0.0.1' } = process.env;
if (!token || !ui) throw new Error('set ATTUNE_CODEC_TOKEN, and ATTUNE_CODEC_UI to the origin of the Temporal UI');

const [encryption] = codec.payloadCodecs();
const MOST_BYTES = 8 * 1024 * 1024;

const digest = (words) => createHash('sha256').update(words).digest();
const isAllowed = ({ authorization = '' }) => timingSafeEqual(digest(authorization), digest(`Bearer ${token}`));

const server = createServer(async (request, response) => {
  // For the UI's origin alone; a browser sends no payload from any other page.
  response.setHeader('Access-Control-Allow-Origin', ui);
  response.setHeader('Access-Control-Allow-Headers', 'authorization, content-type, x-namespace');
  response.setHeader('Access-Control-Allow-Credentials', 'true');
  response.setHeader('Vary', 'Origin');
  const say = (status, body) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  if (request.method === 'OPTIONS') return void response.writeHead(204).end();
  const work = { '/encode': 'encode', '/decode': 'decode' }[new URL(request.url, 'http://codec').pathname];
  if (request.method !== 'POST' || !work) return void say(404, { message: 'POST /encode or /decode' });
  if (!isAllowed(request.headers)) return void say(401, { message: 'Authorization: Bearer <ATTUNE_CODEC_TOKEN>' });
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return void say(413, { message: 'too long' });
  try {
    const { payloads } = JSON.parse(await text(request));
    say(200, { payloads: (await encryption[work](payloads.map(fromJson))).map(toJson) });
  } catch (error) {
    say(400, { message: error.message });
  }
});
server.listen(Number(PORT), HOST, () => console.error(`codec server: http://${HOST}:${server.address().port}`));

/** Protobuf's JSON: bytes are base64. */
const fromJson = ({ metadata = {}, data = '' }) => ({
  metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value, 'base64')])),
  data: Buffer.from(data, 'base64'),
});
const toJson = ({ metadata, data }) => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  ),
  data: Buffer.from(data ?? []).toString('base64'),
});
