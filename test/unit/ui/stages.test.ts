import { expect, test } from 'vitest';
import { emptyView, take } from '../../../src/client/runs/runView.js';
import type { WatchEvent } from '../../../src/client/index.js';
import { stagesHtml } from '../../../src/ui/pages/stages.js';
import { HOSTILE } from '../../support/runPages.js';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();

test('while a run trains, its loss and its dev scores are drawn as they come, with what is left', async () => {
  const events: WatchEvent[] = [
    { type: 'stage', at: at(0), stage: 'train', state: 'started' },
    { type: 'metric', at: at(10), job: 'j', step: 10, epoch: 0.5, loss: 2 },
    { type: 'metric', at: at(20), job: 'j', step: 20, epoch: 1, progress: 0.25, loss: 1, devNdcgAt10: 0.71 },
    { type: 'progress', at: at(90), status: 'running', stage: 'train', elapsedSeconds: 90, costUsd: 0.0123 },
    { type: 'notice', at: at(90), message: HOSTILE },
  ];
  const view = emptyView('support-search');
  for (const event of events) take(view, event);

  const html = (await stagesHtml(view, new Date(at(90)))).toString();

  const words = html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  expect(words).toContain('● train 1m 30s loss 1.0000 · step 20 of 80 · epoch 1.00 · 30s left dev nDCG@10 0.7100');
  expect(words).toContain('so far 1m 30s · $0.012');
  expect(html).toContain('<polyline points="0.00,2.00 100.00,26.00"');
  expect(html).not.toContain('<img');
});
