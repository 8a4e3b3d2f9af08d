/**
 * What a workflow has made and must take back when it cannot finish.
 * @module
 */
import { CancellationScope, ContinueAsNew, log } from '@temporalio/workflow';
import type { NewHistory } from './follow.js';

type Step = (onFull?: NewHistory) => Promise<unknown>;

export class Undo {
  private readonly steps: { what: string; run: Step }[] = [];

  /** Call it before the step that it undoes: a call can succeed without our hearing of it. */
  before(what: string, run: Step): void {
    this.steps.push({ what, run });
  }

  /**
   * Last in, first out, where nothing cancels it. A step that fails for good ends it: what was made earlier serves what
   * was made later, and an endpoint must not lose the config that it runs on.
   *
   * @param onFull  where it goes on when events fill the history: there all steps are taken again
   * @returns what is left, in words
   */
  async all(onFull?: NewHistory): Promise<string[]> {
    return CancellationScope.nonCancellable(async () => {
      for (let last = this.steps.at(-1); last !== undefined; last = this.steps.at(-1)) {
        try {
          await last.run(onFull);
        } catch (error) {
          if (error instanceof ContinueAsNew) throw error;
          log.error(`could not undo: ${last.what}`, { error });
          return this.steps.map(({ what }) => what).reverse();
        }
        this.steps.pop();
      }
      return [];
    });
  }
}
