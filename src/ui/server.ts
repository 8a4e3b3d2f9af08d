/**
 * Attune's runs as pages for this machine: who gets in is auth.ts's matter, where it comes from source.ts's, what is shown pages/'s.
 * @module
 */
import { createAdaptorServer } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { streamSSE } from 'hono/streaming';
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reader } from '../client/index.js';
import { AttuneError } from '../spec/attuneError.js';
import { guarded, localOnly, ownFormsOnly, withToken, type Bindings } from './auth.js';
import { link, pageHtml, type Page } from './html.js';
import { SCRIPT, sendLive } from './live.js';
import { costBody, costFound } from './pages/cost.js';
import { decisionBody, reportBody, type Given } from './pages/decision.js';
import { modelBody, modelsBody, modelsFound } from './pages/models.js';
import { isOpen, runBody, runFound } from './pages/run.js';
import { runsBody, runsFound } from './pages/runs.js';
import { noSuchPage, troublePage } from './pages/trouble.js';
import { sourceOf, type Source } from './source.js';
import { STYLE } from './style.js';

export interface UiServer {
  /** With the token: whoever has it gets in. */
  url: string;
  close(): Promise<void>;
}

export interface UiOptions {
  /** 0: any that is free. */
  port: number;
  env?: NodeJS.ProcessEnv;
  /** Default: by the environment. */
  source?: Source;
}

/** Listens on 127.0.0.1 alone. @throws where the port is taken */
export async function serveUi({ port, env = process.env, source = sourceOf(env) }: UiOptions): Promise<UiServer> {
  const token = randomBytes(32).toString('base64url');
  const server = createAdaptorServer({ fetch: pagesOf(source, token).fetch }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${port} is taken; choose another one with --port`) : error),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  await Promise.race([firstLook(source), sleep(READY_WITHIN_MS, undefined, { ref: false })]);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/?token=${token}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await source.close();
    },
  };
}

/** So long the address waits for the first look; who opens it then waits for what is left of it. */
const READY_WITHIN_MS = 1_000;

/** Connections are made, and records of S3 read, before anybody waits for a page. */
const firstLook = (source: Source): Promise<unknown> =>
  source.read((reader) => runsFound(reader, { page: 1 })).catch(() => undefined); // the page will tell

/** A decision has a name and a reason. */
const MOST_BYTES = 16_384;

const decisionSized = bodyLimit({
  maxSize: MOST_BYTES,
  onError: (c) => c.text(`a decision has at most ${MOST_BYTES} bytes\n`, 413),
});

/** The report as evaluate wrote it: its scripts are its own, and reach nobody, whether it is shown in a frame or by itself. */
const REPORT_POLICY =
  "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

function pagesOf(source: Source, token: string): Hono<Bindings> {
  const app = new Hono<Bindings>();
  app.use(guarded, localOnly, ownFormsOnly);
  app.get('/style.css', (c) => c.body(STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  app.get('/live.js', (c) => c.body(SCRIPT, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }));
  app.use(withToken(token));

  app.get('/', async (c) => {
    const page = Math.max(1, Math.floor(Number(c.req.query('page'))) || 1);
    const asked = { page, name: c.req.query('name')?.trim() || undefined, running: c.req.query('running') === '1' };
    const { told, silence } = await source.read((reader) => runsFound(reader, asked));
    return shownOn(c, silence, { title: 'Runs', here: 'runs', notices: told.notices, body: runsBody(told) });
  });

  app.get('/run', async (c) => {
    const id = idOf(c);
    const { told, silence } = await source.read((reader) => runFound(reader, id));
    const { progress } = told;
    const temporalUi = silence === undefined && !progress.readFrom ? await temporalUiOf(source, id) : undefined;
    const body = runBody({ ...told, temporalUi }, new Date());
    return shownOn(c, silence, { title: `${progress.name} ${progress.workflowId}`, here: 'runs', body });
  });

  app.get('/live', async (c) => {
    const id = idOf(c);
    const attune = await source.attune();
    return streamSSE(
      c,
      (stream) => sendLive(stream, attune, id),
      async () => undefined, // the browser asks again, and hears then what is wrong
    );
  });

  app.get('/report', async (c) => {
    const id = idOf(c);
    const { told, silence } = await source.read((reader) => reader.progress(id));
    return shownOn(c, silence, {
      title: `Report of ${told.name}`,
      here: 'runs',
      whole: true,
      body: reportBody(id, told),
    });
  });

  app.get('/report.html', async (c) => {
    const { told } = await source.read((reader) => reader.reportPage(idOf(c)));
    c.header('Content-Security-Policy', REPORT_POLICY);
    return c.html(told);
  });

  app.get('/decision', async (c) => decision(c, source, { by: '', reason: '' }));

  app.post('/decision', decisionSized, async (c) => {
    const form = await c.req.parseBody();
    const given = { by: textIn(form['by']), reason: textIn(form['reason']) };
    const verdict = form['verdict'];
    if (verdict !== 'approve' && verdict !== 'reject')
      return decision(c, source, { ...given, trouble: 'Choose Approve or Reject.' });
    if (given.by === '') return decision(c, source, { ...given, trouble: 'Your name is missing: it goes on record.' });
    try {
      const attune = await source.attune();
      await attune[verdict](idOf(c), { by: given.by, ...(given.reason && { reason: given.reason }) });
    } catch (error) {
      if (!(error instanceof AttuneError)) throw error;
      return decision(c, source, { ...given, trouble: `${error.message}. To do: ${error.fix}` });
    }
    return c.redirect(link('/run', { id: idOf(c) }), 303);
  });

  app.get('/models', async (c) => {
    const { told, silence } = await source.read(modelsFound);
    return shownOn(c, silence, { title: 'Models', here: 'models', notices: told.notices, body: modelsBody(told) });
  });

  app.get('/model', async (c) => {
    const name = c.req.query('name') ?? '';
    const { told, silence } = await source.read((reader: Reader) => reader.trend(name));
    return shownOn(c, silence, { title: name, here: 'models', body: modelBody(name, told) });
  });

  app.get('/cost', async (c) => {
    const { told, silence } = await source.read(costFound);
    const server = await source.billedByNobody();
    const free = server ? [`not AWS but ${server}: nothing is billed, costs are what AWS would bill`] : [];
    const notices = [...free, ...told.notices];
    return shownOn(c, silence, { title: 'Cost', here: 'cost', notices, body: costBody(told) });
  });

  app.notFound((c) => c.html(noSuchPage(), 404));
  app.onError((error, c) => {
    const { status, page } = troublePage(error);
    return c.html(page, status);
  });
  return app;
}

function shownOn(c: Context<Bindings>, silence: string | undefined, page: Page): Response | Promise<Response> {
  const old = silence === undefined ? [] : [`this is what S3 has, and may be old: ${silence}`];
  return c.html(pageHtml({ ...page, notices: [...old, ...(page.notices ?? [])] }));
}

async function decision(c: Context<Bindings>, source: Source, given: Given): Promise<Response> {
  const id = idOf(c);
  const { told, silence } = await source.read((reader) => reader.progress(id));
  if (given.trouble) c.status(409);
  const title = isOpen(told) ? `Decide on ${told.name}` : told.name;
  return shownOn(c, silence, { title, here: 'runs', whole: true, body: decisionBody(id, told, given) });
}

/** @throws AttuneError RunNotFound where the address names no run */
function idOf(c: Context<Bindings>): string {
  const id = c.req.query('id');
  if (id) return id;
  throw new AttuneError('RunNotFound', 'the address names no run', 'go by the list of all runs');
}

/** Undefined where the UI's address is not known: then there is only a path. */
async function temporalUiOf(source: Source, id: string): Promise<string | undefined> {
  const { ui } = await (await source.attune()).page(id);
  return ui.startsWith('http') ? ui : undefined;
}

const textIn = (value: unknown): string => (typeof value === 'string' ? value.trim().replaceAll('\r\n', '\n') : '');
