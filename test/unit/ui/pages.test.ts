import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { projectRoot } from '../../../src/dev/toolchain/places.js';
import { freshProgress } from '../../../src/run/progress.js';
import { serveUi, type UiServer } from '../../../src/ui/server.js';
import { STYLE } from '../../../src/ui/style.js';
import { HOSTILE, idOf, otherRuns, pagesWorld, retrainings, runOf, type PagesWorld } from '../../support/runPages.js';

let server: UiServer;
let cookie: string;

async function serving(world: PagesWorld): Promise<void> {
  server = await serveUi({ port: 0, source: world });
  const { headers } = await fetch(server.url, { redirect: 'manual' });
  cookie = headers.getSetCookie()[0]!.split(';')[0]!;
}

async function page(path: string): Promise<{ status: number; html: string; words: string }> {
  const response = await fetch(new URL(path, server.url), { headers: { cookie } });
  const html = await response.text();
  const words = html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return { status: response.status, html, words };
}

const { runs, tests } = retrainings();

beforeEach(() => serving(pagesWorld([...otherRuns(), ...runs], tests)));
afterEach(() => server.close());

test('the first page has the runs, newest first, with where each stands', async () => {
  const { words } = await page('/');

  expect(words).toMatch(/legal 20261005-1a2b19 .*running at train/);
  expect(words).toMatch(/support-search 20260921-1a2b17 data 88888888 .*waits for approval 0\.600 \+0\.020/);
  expect(words.indexOf('20260914-1a2b16')).toBeLessThan(words.indexOf('20260907-1a2b15'));
});

test('runs are shown by name, or only those that go on', async () => {
  expect((await page('/?name=legal')).words).not.toContain('20260914');
  const running = await page('/?running=1');
  expect(running.words).toContain('20261005-1a2b19');
  expect(running.words).not.toContain('20260914');
  expect((await page('/?name=nobody')).words).toContain('No runs of the name nobody');
});

test('of many runs fifty are on a page, and each is on one', async () => {
  await server.close();
  const many = Array.from({ length: 120 }, (_, week) => runOf({ week, name: 'many' })).reverse();
  await serving(pagesWorld(many));

  const pages = await Promise.all(['/', '/?page=2', '/?page=3'].map(page));

  const listed = pages.map(({ html }) => [...html.matchAll(/href="\/run\?id=([^"]+)"/g)].map(([, id]) => id));
  expect(listed.map((ids) => ids.length)).toEqual([50, 50, 20]);
  expect(new Set(listed.flat()).size).toBe(120);
  expect(pages[1]!.words).toContain('← Newer page 2 Older →');
  expect(pages[2]!.words).not.toContain('Older');
});

test('a run tells how it came out, its scores, where its model comes from and went, and what it cost', async () => {
  const { words, html } = await page(`/run?id=${idOf({ week: 6 })}`);

  expect(words).toContain('Endpoint support-search serves this model');
  expect(words).toContain('candidate 0.580 [0.540–0.620]');
  expect(words).toMatch(/went on from the model of 20260907-1a2b15/);
  expect(words).toMatch(/took the place of support-search-5/);
  expect(words).toMatch(/Jobs so far \$0\.990/);
  expect(html).not.toContain('data-live');
});

test('a run that goes on is followed; one that waits leads to the decision with its report beside it', async () => {
  expect((await page('/run?id=legal')).html).toContain('data-live="/live?id=legal"');

  const waiting = await page('/run?id=support-search');
  expect(waiting.html).toContain('href="/decision?id=support-search"');
  const decision = await page('/decision?id=support-search');
  expect(decision.words).toMatch(/Approve Reject .*Why the gate let it pass/);
  expect(decision.html).toContain('src="/report.html?id=support-search"');
});

test('where nothing is to decide there is no form', async () => {
  const { html, words } = await page(`/decision?id=${idOf({ week: 2 })}`);

  expect(html).not.toContain('<form');
  expect(words).toContain('Nothing to decide');
});

test('names, reasons, notices and errors of strangers are words on every page, never markup', async () => {
  const paths = [
    '/',
    '/models',
    '/run?id=finetune/hostile/20261005-1a2b99',
    `/run?id=${encodeURIComponent(HOSTILE)}`,
    `/?name=${encodeURIComponent(HOSTILE)}`,
    `/model?name=${encodeURIComponent(HOSTILE)}`,
    `/decision?id=finetune/hostile/20261005-1a2b99`,
    `/run?id=${encodeURIComponent(`"${HOSTILE}`)}`,
  ];
  for (const path of paths) {
    const { html } = await page(path);
    expect(html, path).toContain('&lt;script&gt;document.title=');
    expect(html, path).not.toContain('<script>');
    expect(html, path).not.toContain('<img');
    // What turns the direction of writing would show a name as another one.
    expect(html.replace(/value="[^"]*"/g, ''), path).not.toContain('\u202e');
  }
});

test('what is not there is told in words, with what to do and no stack trace', async () => {
  const { status, words } = await page('/run?id=nobody');

  expect(status).toBe(404);
  expect(words).toContain('no run is called nobody To do: `attune list` shows the runs');
  expect((await page('/run')).status).toBe(404);
  expect((await page('/no-such-page')).status).toBe(404);
  expect((await page(`/report.html?id=legal`)).words).toContain('has no report yet: it is at train');
});

describe('a name over its retrainings', () => {
  test('only scores on the same test are joined, and each test is named', async () => {
    const { html, words } = await page('/model?name=support-search');

    expect(words).toContain('A test aaaaaaaa, 4 runs');
    expect(words).toContain('B test cccccccc, 4 runs');
    expect(html.match(/class="path"/g)).toHaveLength(6); // three within each test, none between them
    expect(html.match(/class="whisker"/g)).toHaveLength(8);
  });

  test('the graph has whose place each took, and whose weights it went on from', async () => {
    const { html, words } = await page('/model?name=support-search');

    expect(html.match(/class="service"/g)).toHaveLength(5); // of seven that served or would, the first took nobody's
    expect(html.match(/class="weights"/g)).toHaveLength(8); // the first from its base
    expect(words).toContain('rejected 20260817-1a2b12');
    expect(words).toContain('0.580, +0.030 · from 20260907-1a2b15 , in its place');
  });
});

test('the cost of each month has its jobs and the hours of its endpoints', async () => {
  const { words } = await page('/cost');

  expect(words).toContain('not AWS but http://127.0.0.1:7080: nothing is billed');
  expect(words).toMatch(/2026-08 5 runs .*\$4\.95 \$\d+\.\d\d \d+ h/);
  expect(words).toContain('gone: when is not known, so this is the least');
  expect(words).toContain('2 not known');
});

test('a run of which only a little is known has a page all the same', async () => {
  await server.close();
  await serving(pagesWorld([{ ...freshProgress('finetune/bare/1', 'bare'), status: 'failed' }]));

  expect((await page('/run?id=bare')).status).toBe(200);
});

test("the colours are the report's", () => {
  const report = readFileSync(join(projectRoot, 'python/attune_jobs/evaluation/style.py'), 'utf8');
  const paletteIn = (text: string): Record<string, string>[] =>
    [...text.matchAll(/:root \{([^}]*)\}/g)]
      .slice(0, 2)
      .map(([, body = '']) =>
        Object.fromEntries([...body.matchAll(/(--[\w-]+): ([^;]+);/g)].map(([, k, v]) => [k, v])),
      );

  const [theirs, ours] = [paletteIn(report), paletteIn(STYLE)];
  expect(ours[0]!['--tuned']).toBeDefined();
  expect(theirs).toMatchObject(ours);
});
