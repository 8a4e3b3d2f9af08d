import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Line, LINE_TROUBLES } from '../support/line.js';

/** A client that never says a word, as a pool of connections keeps them. */
async function silentOn({ port }: Line): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

test.each(LINE_TROUBLES)('a line that is %s can be cut whoever is connected and says nothing', async (trouble) => {
  const server = createServer((socket) => void socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const line = await Line.open((server.address() as AddressInfo).port, 'xml');
  const sockets = [await silentOn(line)];
  await line.become(trouble);
  if (trouble !== 'refused') sockets.push(await silentOn(line));
  await sleep(20); // the line hears of it

  const cut = line.close().then(() => 'cut');

  expect(await Promise.race([cut, sleep(2_000, 'waits')])).toBe('cut');
  sockets.forEach((socket) => socket.destroy());
  await cut;
  await new Promise((closed) => server.close(closed));
});
