/**
 * Who gets in: a program of this machine, by a name of this machine, with the token that was printed at the start.
 * @module
 */
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { isLocal, isSame } from '../client/loopback.js';
import { strangerPage } from './pages/trouble.js';

export interface Bindings {
  Bindings: HttpBindings;
}

/** Nothing but what this server sends: no script, frame, form or request to elsewhere, and no page around it. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** On every answer, also on refusals. */
export const guarded: MiddlewareHandler<Bindings> = async (c, next) => {
  c.header('Content-Security-Policy', POLICY);
  c.header('X-Content-Type-Options', 'nosniff');
  // A form of these pages tells where it comes from; nobody else hears of it.
  c.header('Referrer-Policy', 'same-origin');
  c.header('Cross-Origin-Opener-Policy', 'same-origin');
  c.header('Cross-Origin-Resource-Policy', 'same-origin');
  c.header('Cache-Control', 'no-store');
  await next();
};

/** A site whose name leads here gets nothing, nor does a page of another origin. */
export const localOnly: MiddlewareHandler<Bindings> = async (c, next) => {
  if (!isLocal(c.env.incoming)) return c.text('only programs of this machine, by 127.0.0.1 or localhost\n', 403);
  await next();
};

/** What changes something takes a form of these pages: browsers say where a form comes from. */
export const ownFormsOnly: MiddlewareHandler<Bindings> = async (c, next) => {
  const { method } = c.req;
  if (method !== 'GET' && method !== 'HEAD' && c.req.header('origin') !== `http://${c.req.header('host')}`)
    return c.text('only a form of these pages may change something\n', 403);
  await next();
};

/** The token comes once in the address, and goes into a cookie: an address stays in the browser's history. */
export const withToken =
  (token: string): MiddlewareHandler<Bindings> =>
  async (c, next) => {
    const given = c.req.query('token');
    if (given !== undefined && c.req.method === 'GET' && isSame(given, token)) {
      setCookie(c, cookieOf(c), token, { httpOnly: true, sameSite: 'Strict', path: '/' });
      const url = new URL(c.req.url);
      url.searchParams.delete('token');
      return c.redirect(`${url.pathname}${url.search}`, 303);
    }
    if (!isSame(getCookie(c, cookieOf(c)), token)) return c.html(strangerPage(), 401);
    await next();
  };

/** Cookies of a host are those of all its ports: two of these servers do not take each other's. */
const cookieOf = (c: Context<Bindings>): string => `attune-ui-${c.env.incoming.socket.localPort}`;
