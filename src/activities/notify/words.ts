/**
 * News as a person reads it: a headline, what is known, and what can be done.
 * @module
 */
import type { News } from '../../run/news.js';
import { signed } from '../../run/numbers.js';
import type { NewsEvent } from '../../spec/notifySchema.js';
import { forTerminal } from '../../spec/foreignText.js';

export interface Words {
  /** "support-search waits for approval" */
  headline: string;
  /** A line each. */
  facts: string[];
  /** To be typed. */
  commands: string[];
  /** The run's page in Temporal's UI, where its address is known. */
  page?: string;
}

const HEADLINES: Record<NewsEvent, (news: News) => string> = {
  done: ({ endpoint }) => (endpoint ? `is done: endpoint ${endpoint} serves the new model` : 'is done'),
  rejected: ({ status }) =>
    status === 'unproven' ? 'ended unproven: nothing was deployed' : 'was rejected: nothing was deployed',
  failed: ({ stage }) => `failed at ${stage}`,
  cancelled: ({ stage }) => `was cancelled at ${stage}`,
  approval: () => 'waits for approval',
  halfBudget: ({ spentUsd, budgetUsd }) => `has spent ${usd(spentUsd)} of its budget of ${usd(budgetUsd)}`,
};

const COMMANDS: Record<NewsEvent, (run: string) => string[]> = {
  done: (run) => [`attune report ${run}`],
  rejected: (run) => [`attune report ${run}`],
  failed: (run) => [`attune show ${run}`, `attune retry ${run}`],
  cancelled: (run) => [`attune show ${run}`],
  approval: (run) => [
    `attune report ${run}`,
    `attune approve ${run} --by "your name" --reason "why"`,
    `attune reject ${run} --by "your name" --reason "why"`,
  ],
  halfBudget: (run) => [`attune watch ${run}`],
};

/** @param page  of the run; its path alone, where the UI's address is not known, is no link */
export function wordsOf(news: News, page: string | undefined): Words {
  const { event, name, workflowId, gain, reasons, failure, spentUsd, budgetUsd, report } = news;
  const facts = [
    ...(gain
      ? [
          `${gain.metric} ${signed(gain.difference)} [${signed(gain.low)} to ${signed(gain.high)}] against ` +
            (gain.against === 'incumbent' ? 'the model in service' : 'the base'),
        ]
      : []),
    ...reasons,
    ...(failure ? [failure] : []),
    ...(spentUsd === undefined || event === 'halfBudget'
      ? []
      : [`cost so far ${usd(spentUsd)}${budgetUsd === undefined ? '' : ` of ${usd(budgetUsd)}`}`]),
    `run ${workflowId}`,
    ...(report ? [`report ${report}`] : []),
  ];
  return {
    headline: oneLine(`${name} ${HEADLINES[event](news)}`),
    facts: facts.map(oneLine),
    commands: COMMANDS[event](workflowId).map(oneLine),
    page: page?.startsWith('http') ? page : undefined,
  };
}

/** For mail and SNS. */
export const asText = ({ headline, facts, commands, page }: Words): string =>
  [headline, '', ...facts, '', ...commands.map((command) => `  ${command}`), ...(page ? ['', page] : []), ''].join(
    '\n',
  );

const usd = (amount = 0): string => `$${amount.toFixed(2)}`;
const oneLine = (text: string): string => forTerminal(text).replace(/\s+/g, ' ').trim();
