/**
 * `attune ui` in a real browser: how its pages look with much on them, and a person's decision on a run of a real local stack.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { projectRoot } from '../../src/dev/toolchain/places.js';
import { serveUi, type UiServer } from '../../src/ui/server.js';
import { findChromium, startChromium, type Chromium } from '../support/chromium.js';
import { startInstantStack } from '../support/instantStack.js';
import { shortId } from '../../src/ui/html.js';
import { idOf, otherRuns, pagesWorld, retrainings, runOf } from '../support/runPages.js';

const AXE = readFileSync(join(projectRoot, 'node_modules/axe-core/axe.min.js'), 'utf8');

const program = findChromium();
let chromium: Chromium;

beforeAll(async () => {
  if (program) chromium = await startChromium(program);
  else if (process.env['CI']) throw new Error('chromium is not installed: the pages are unchecked');
});
afterAll(() => chromium?.close());
beforeEach((context) => context.skip(!program, 'chromium is not installed'));
// A list that stays open reads itself anew: from a server that is gone by then, and the next test would hear it complain.
afterEach(() => chromium?.tab.go('about:blank'));

/** A picture of each page, for a person to look at, where ATTUNE_PICTURES names a folder. */
async function keepPicture(name: string): Promise<void> {
  const folder = process.env['ATTUNE_PICTURES'];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.png`), await chromium.tab.picture());
}

interface Fault {
  impact: string;
  id: string;
  where: string[];
}

const serious = async (): Promise<Fault[]> => {
  await chromium.tab.evaluate(`${AXE};0`);
  const faults = await chromium.tab.evaluate<Fault[]>(`
    axe.run(document, { iframes: false }).then(({ violations, passes }) => {
      if (passes.length < 10) throw new Error('axe has looked at nothing');
      return violations.map(({ impact, id, nodes }) => ({ impact, id, where: nodes.map(({ html }) => html.slice(0, 160)) }));
    })`);
  return faults.filter(({ impact }) => impact === 'serious' || impact === 'critical');
};

/** What stands out to the right, other than in what scrolls by itself. */
const tooWide = (): Promise<string[]> =>
  chromium.tab.evaluate(`
    [...document.body.querySelectorAll('*')]
      .filter((one) => !one.parentElement.closest('.scroll') && !one.closest('svg')
        && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
      .map((one) => one.outerHTML.slice(0, 100))
      .concat(document.documentElement.scrollWidth > innerWidth ? ['the page scrolls to the side'] : [])`);

const VIEWS = [
  [1400, 'light'],
  [1400, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const;

describe('with much on them', () => {
  const { runs, tests } = retrainings();
  let server: UiServer;
  beforeAll(async () => {
    server = await serveUi({
      port: 0,
      source: pagesWorld([...otherRuns(), ...runs], tests, '<title>r</title><p>Report'),
    });
    await chromium?.tab.go(server.url);
  });
  afterAll(() => server.close());

  test.for([
    ['runs', '/'],
    ['done', `/run?id=${idOf({ week: 6 })}`],
    ['waiting', '/run?id=support-search'],
    ['hostile', '/run?id=finetune/hostile/20261005-1a2b99'],
    ['report', '/report?id=support-search'],
    ['decision', '/decision?id=support-search'],
    ['models', '/models'],
    ['model', '/model?name=support-search'],
    ['cost', '/cost'],
    ['unknown', '/run?id=nobody'],
  ])(
    '%s: nothing stands out, and axe finds nothing serious, on a phone and on a desk, light and dark',
    async ([name, path]) => {
      for (const [width, scheme] of VIEWS) {
        await chromium.tab.look(width, scheme);
        await chromium.tab.go(new URL(path!, server.url).href);
        await keepPicture(`${name}-${width}-${scheme}`);
        expect([width, scheme, await tooWide()]).toEqual([width, scheme, []]);
        expect([width, scheme, await serious()]).toEqual([width, scheme, []]);
      }
      const said = chromium.tab.complaints().filter((line) => !/404/.test(line));
      expect(said).toEqual([]);
      expect(await chromium.tab.evaluate('document.title')).not.toBe('run');
    },
  );
});

test('a list stays true while one looks: a run that starts stands in it, and a filter is kept', async () => {
  const runs = otherRuns();
  const server = await serveUi({ port: 0, source: pagesWorld(runs, {}, '') });
  onTestFinished(() => server.close());
  const { tab } = chromium;
  await tab.look(1400, 'light');
  await tab.go(server.url);
  await tab.go(new URL('/?name=legal', server.url).href);
  const shown = (name: string): string => `document.querySelector('table').innerText.includes('${name}')`;
  expect(await tab.evaluate(shown(shortId(idOf({ week: 9, name: 'legal' }))))).toBe(true);

  runs.unshift(runOf({ week: 12, name: 'legal' }), runOf({ week: 12, name: 'another' }));
  await tab.until(shown(shortId(idOf({ week: 12, name: 'legal' }))));

  expect(await tab.evaluate(shown('another'))).toBe(false);
  expect(tab.complaints()).toEqual([]);
}, 30_000);

describe('over a real local stack', () => {
  test('a run is followed as it goes on, and goes into service by a click beside its report', async () => {
    const instant = await startInstantStack({ jobMs: 1000 });
    onTestFinished(() => instant.stop());
    const page = await startUi(instant.stack.environment);
    onTestFinished(page.stop);
    const { tab } = chromium;
    await tab.look(1400, 'light');

    const run = await instant.startRun({
      name: 'by-click',
      deploy: { instanceType: 'ml.m5.xlarge', approval: 'required' },
    });
    await tab.go(page.url);
    expect(await tab.evaluate('location.search')).toBe('');
    // A list lags behind its runs.
    while (!(await tab.evaluate<boolean>(`document.body.innerText.includes('by-click')`))) await tab.go(page.url);
    await tab.go(new URL(`/run?id=${run.workflowId}`, page.url).href);
    await keepPicture('real-running');
    // The page itself comes to it: nobody loads it again.
    await tab.until(`document.querySelector('a.yes')?.textContent.includes('decide')`);
    await tab.evaluate(`document.querySelector('a.yes').click()`);
    await tab.until(`document.querySelector('#by') !== null`);
    await keepPicture('real-decision');
    await tab.evaluate(
      `document.querySelector('#by').value = 'R. Imai', document.querySelector('[value=approve]').click()`,
    );
    await tab.until(`document.querySelector('h1').textContent === 'In service'`);
    await keepPicture('real-in-service');

    expect(await tab.evaluate('document.body.innerText')).toContain('Approved by R. Imai');
    expect(await run.result()).toMatchObject({ status: 'done', approval: { by: 'R. Imai' } });
    expect(tab.complaints()).toEqual([]);
    expect(await page.interrupted()).toBe(0);
  });
});

interface UiProcess {
  url: string;
  /** By Ctrl-C. @returns the exit code */
  interrupted(): Promise<number | null>;
  stop(): void;
}

/** As a person starts it. */
async function startUi(env: NodeJS.ProcessEnv): Promise<UiProcess> {
  const child = spawn(process.execPath, [join(projectRoot, 'dist/cli/main.js'), 'ui', '--port', '0'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    url,
    interrupted: async () => {
      const exit = once(child, 'exit');
      child.kill('SIGINT');
      const [code] = (await exit) as [number | null];
      return code;
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
