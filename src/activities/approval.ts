/**
 * Who decided what about a model, written beside the model: a file of its own, the manifest, the report's page.
 * @module
 */
import { text } from 'node:stream/consumers';
import { filesOf } from '../run/files.js';
import type { Run } from '../run/run.js';
import { openObject, readJson, writeObject } from '../aws/s3.js';
import type { Decision } from '../run/progress.js';
import { calling } from './call.js';
import type { Deps } from './deps.js';
import { writeRecord } from './records.js';

export interface RecordApproval {
  run: Run;
  decision: Decision;
}

/** Where the page has room for the decision. */
const ROOM = /<!-- decision -->[^]*?<!-- \/decision -->/;

export const createApprovalActivities = (deps: Deps) => ({
  /** Repeated, it writes the same again. */
  async recordApproval({ run, decision }: RecordApproval): Promise<{ uri: string }> {
    const { s3 } = deps;
    const { approval, manifest } = filesOf(run);
    const { workflowId } = run;
    await writeRecord(deps, run, approval, { version: 1, workflowId, run: run.run, ...decision });
    const before = await calling(`reading ${manifest}`, deps, () => readJson(s3, manifest));
    await writeRecord(deps, run, manifest, { ...(before as object), approval: decision });
    await writeIntoPage(deps, run, paragraphOf(decision));
    return { uri: approval };
  },
});

/** In the place of what was written there before. @param html  of the decision; empty: none yet */
export const writeIntoPage = (deps: Deps, run: Run, html: string): Promise<void> => {
  const { reportHtml } = filesOf(run);
  return calling(`writing the decision into ${reportHtml}`, deps, async () => {
    const page = await text(await openObject(deps.s3, reportHtml));
    const decided = page.replace(ROOM, () => `<!-- decision -->${html}<!-- /decision -->`);
    await writeObject(deps.s3, reportHtml, decided, run.spec.encryption);
  });
};

const paragraphOf = ({ verdict, by, reason, identity, at }: Decision): string =>
  `<p class="decision ${verdict}"><b>${verdict === 'approved' ? 'Approved' : 'Rejected'}</b> by ${escaped(by)}${identity ? ` (from ${escaped(identity)})` : ''} on ` +
  `${at.slice(0, 16).replace('T', ' ')} UTC${reason ? `: ${escaped(reason)}` : ''}</p>`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (words: string): string => words.replace(/[&<>"]/g, (sign) => ENTITIES[sign]!);
