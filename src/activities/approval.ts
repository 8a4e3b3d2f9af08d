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
    const { approval, manifest, reportHtml } = filesOf(run);
    const write = (uri: string, content: string): Promise<void> =>
      writeObject(s3, uri, content, run.spec.encryption.outputKmsKeyId);
    const { workflowId } = run;
    const record = { version: 1, workflowId, run: run.run, ...decision };
    await calling(`writing ${approval}`, deps, () => write(approval, json(record)));
    await calling(`writing the decision into ${manifest}`, deps, async () =>
      write(manifest, json({ ...((await readJson(s3, manifest)) as object), approval: decision })),
    );
    await calling(`writing the decision into ${reportHtml}`, deps, async () => {
      const page = await text(await openObject(s3, reportHtml));
      await write(
        reportHtml,
        page.replace(ROOM, () => `<!-- decision -->${paragraphOf(decision)}<!-- /decision -->`),
      );
    });
    return { uri: approval };
  },
});

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

const paragraphOf = ({ verdict, by, reason, at }: Decision): string =>
  `<p class="decision ${verdict}"><b>${verdict === 'approved' ? 'Approved' : 'Rejected'}</b> by ${escaped(by)} on ` +
  `${at.slice(0, 16).replace('T', ' ')} UTC${reason ? `: ${escaped(reason)}` : ''}</p>`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (words: string): string => words.replace(/[&<>"]/g, (sign) => ENTITIES[sign]!);
