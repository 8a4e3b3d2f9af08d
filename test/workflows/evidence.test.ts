/**
 * A score says where its questions come from, and a model passes on people's alone unless the spec says otherwise.
 */
import { expect, test } from 'vitest';
import { currentDetails } from '../../src/workflows/words/currentDetails.js';
import { FakeSageMaker } from '../support/fakeSageMaker.js';
import { untilListed, withLoop } from '../support/loop.js';

const headings = { headings: 200 };
const onHeadings = () =>
  new FakeSageMaker().withQuestions(200, 40, 800, headings).withEvaluation({ questions: 200, origins: headings });

test('on headings alone the model is trained and measured, nothing is deployed, and what lacks is said', async () => {
  await withLoop(onHeadings(), async ({ startRun, sageMaker, client }) => {
    await sageMaker.serving('evidence');

    const run = await (await startRun({ deploy: { endpoint: 'evidence' } })).result();

    expect(run).toMatchObject({ status: 'rejected', decision: 'unproven', stage: 'gate' });
    expect(run.asked).toEqual({ count: 200, origins: headings });
    expect(run.jobs.map(({ stage }) => stage)).toEqual(['prepare', 'train', 'evaluate']);
    expect(run.notices.join()).toContain(
      'whatever the training gives will be unproven: 200 test questions, all from headings',
    );
    expect(run.reasons.at(-1)).toContain('give 100 more questions that people asked or wrote, each with');
    expect(run.lineage?.metrics?.asked).toEqual({ count: 200, origins: headings });
    expect(sageMaker.calls.filter(({ operation }) => /^(Create|Update)Endpoint/.test(operation))).toEqual([]);
    expect(currentDetails(run)).toContain('**Unproven**');
    const [listed] = await untilListed(client, run.name, 1);
    expect(listed).toMatchObject({ status: 'rejected', decision: 'unproven', origins: headings });
  });
});

test('a spec that goes by headings deploys on them, and says so wherever it shows the score', async () => {
  await withLoop(onHeadings(), async ({ startRun }) => {
    const run = await (await startRun({ deploy: false, gate: { evidence: 'headings' } })).result();

    expect(run).toMatchObject({ status: 'done', decision: 'passed', asked: { origins: headings } });
    expect(run.reasons[0]).toBe('200 test questions, all from headings; at least 100 asked for');
    expect(run.notices.join()).not.toContain('unproven');
  });
});
