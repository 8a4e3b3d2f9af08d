import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AttuneError } from '../../../src/spec/attuneError.js';
import { serveUi, type UiServer } from '../../../src/ui/server.js';
import { pagesWorld, retrainings, type PagesWorld } from '../../support/runPages.js';

let world: PagesWorld;
let server: UiServer;
let cookie: string;

beforeEach(async () => {
  const { runs, tests } = retrainings();
  world = pagesWorld(runs, tests, '<!doctype html><title>r</title><script>1</script>');
  server = await serveUi({ port: 0, source: world });
  cookie = (await ask(server.url)).headers['set-cookie']![0]!.split(';')[0]!;
});
afterEach(() => server.close());

interface Answer {
  status: number;
  headers: Record<string, string> & { 'set-cookie'?: string[] };
  text: string;
}

/** As a browser would, without following: fetch lets nobody choose a host. */
function ask(path: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  const url = new URL(path, server.url);
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request(url, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers as never, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const PAGES = ['/', '/run?id=support-search', '/report?id=support-search', '/decision?id=support-search', '/models'];
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const origin = (): string => new URL(server.url).origin;
const decide = (headers: Record<string, string>, form = 'verdict=approve&by=R.+Imai&reason=looked') =>
  ask('/decision?id=support-search', { ...FORM, ...headers }, form);

test.each([...PAGES, '/report.html?id=support-search', '/live?id=support-search', '/cost', '/no-such-page'])(
  'without the token %s tells nothing',
  async (path) => {
    for (const headers of [undefined, { cookie: `${cookie.split('=')[0]}=guessed` }]) {
      const { status, text } = await ask(path, headers);
      expect(status).toBe(401);
      expect(text).not.toContain('support-search');
    }
    expect((await ask('/?token=guessed')).status).toBe(401);
  },
);

test('the token goes out of the address into a cookie that scripts do not read and other sites do not send', async () => {
  const token = new URL(server.url).searchParams.get('token')!;
  const { status, headers } = await ask(`/run?id=support-search&token=${token}`);

  expect(status).toBe(303);
  expect(headers['location']).toBe('/run?id=support-search');
  expect(headers['set-cookie']![0]).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  expect((await ask('/', { cookie })).status).toBe(200);
});

test('a site whose name leads to this machine gets nothing, with the cookie too', async () => {
  for (const host of ['evil.example', `evil.example:${new URL(server.url).port}`, '127.0.0.1:1']) {
    const { status, text } = await ask('/', { host, cookie });
    expect(status).toBe(403);
    expect(text).not.toContain('support-search');
  }
  expect((await ask(server.url, { host: 'evil.example' })).headers['set-cookie']).toBeUndefined();
  expect((await ask('/', { cookie, origin: 'https://evil.example' })).status).toBe(403);
});

test('a decision counts that a form of these pages sends', async () => {
  const { status, headers } = await decide({ cookie, origin: origin() });

  expect([status, headers['location']]).toEqual([303, '/run?id=support-search']);
  expect(world.decided).toEqual([
    { what: 'approve', id: 'support-search', verdict: { by: 'R. Imai', reason: 'looked' } },
  ]);
  await decide({ cookie, origin: origin() }, 'verdict=reject&by=R.+Imai');
  expect(world.decided[1]).toEqual({ what: 'reject', id: 'support-search', verdict: { by: 'R. Imai' } });
});

test('a decision by anybody else is refused', async () => {
  const statuses = [
    (await decide({ cookie })).status, // no browser's form: it would say where it comes from
    (await decide({ cookie, origin: 'null' })).status,
    (await decide({ cookie, origin: 'https://evil.example' })).status,
    (await decide({ cookie, origin: 'http://127.0.0.1:1' })).status,
    (await decide({ cookie, origin: origin().replace('127.0.0.1', 'localhost') })).status,
    (await decide({ origin: origin() })).status, // without the token
    (await decide({ cookie, origin: origin() }, `by=x&verdict=approve&reason=${'x'.repeat(20_000)}`)).status,
  ];

  expect(statuses).toEqual([403, 403, 403, 403, 403, 401, 413]);
  await ask('/decision?id=support-search&verdict=approve&by=x', { cookie });
  expect(world.decided).toEqual([]);
});

test('a decision that does not count is told beside the form, with what was written', async () => {
  const nameless = await decide({ cookie, origin: origin() }, 'verdict=approve&by=+&reason=because');
  expect(nameless.status).toBe(409);
  expect(nameless.text).toContain('Your name is missing');
  expect(nameless.text).toContain('>because</textarea>');
  expect((await decide({ cookie, origin: origin() }, 'by=x')).text).toContain('Choose Approve or Reject');

  world.refusal = new AttuneError('InvalidRequest', 'already approved by <b>Q</b>', 'see where it stands');
  const late = await decide({ cookie, origin: origin() });
  expect(late.status).toBe(409);
  expect(late.text).toContain('already approved by &lt;b&gt;Q&lt;/b&gt;. To do: see where it stands');
});

test('no page runs, loads or sends anything of elsewhere, or is shown around by another', async () => {
  for (const path of [...PAGES, '/cost', '/no-such-page']) {
    const { headers, text } = await ask(path, { cookie });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect(text).not.toMatch(/<script>|<style|\sstyle=|\son\w+="/);
  }
});

test("the report's scripts have no origin: neither in the frame nor by themselves do they reach these pages", async () => {
  const { headers, text } = await ask('/report.html?id=support-search', { cookie });

  expect(text).toContain('<script>1</script>');
  expect(headers['content-security-policy']).toMatch(/^sandbox allow-scripts; default-src 'none'/);
  expect(headers['content-security-policy']).not.toContain('allow-same-origin');
  expect((await ask('/report?id=support-search', { cookie })).text).toContain('sandbox="allow-scripts"');
});

test('while Temporal does not answer, the pages say that they may be old, and nothing can be decided', async () => {
  world.silence = new AttuneError('NoServer', 'no Temporal server answers at 127.0.0.1:7233', 'attune dev');

  expect((await ask('/', { cookie })).text).toContain(
    'this is what S3 has, and may be old: no Temporal server answers at 127.0.0.1:7233',
  );
  expect((await decide({ cookie, origin: origin() })).text).toContain('no Temporal server answers');
  const live = await ask('/live?id=support-search', { cookie });
  expect(live.status).toBe(503);
  expect(live.text).toContain('To do: attune dev');
});

test('a taken port is told with what to do', async () => {
  await expect(serveUi({ port: Number(new URL(server.url).port), source: world })).rejects.toThrow(
    /port \d+ is taken; choose another one with --port/,
  );
});
