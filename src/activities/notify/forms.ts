/**
 * News as each chat wants it, and as programs do.
 * @module
 */
import { forMarkdown } from '../../spec/foreignText.js';
import type { News } from '../../run/news.js';
import type { Words } from './words.js';

/** Slack's own markup: only these three characters mean something in it. */
const forSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const slackBody = ({ headline, facts, commands, page }: Words): object => ({
  text: [
    `*${forSlack(headline)}*`,
    ...facts.map((fact) => `• ${forSlack(fact)}`),
    `\`\`\`${commands.map(forSlack).join('\n')}\`\`\``,
    ...(page ? [`<${forSlack(page)}|Open in the Temporal UI>`] : []),
  ].join('\n'),
  unfurl_links: false,
});

/** An Adaptive Card, as webhooks of Workflows take it. @see https://learn.microsoft.com/power-automate/overview-adaptive-cards */
export const teamsBody = ({ headline, facts, commands, page }: Words): object => ({
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      content: {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.4',
        body: [
          { type: 'TextBlock', text: forMarkdown(headline), weight: 'Bolder', size: 'Medium', wrap: true },
          { type: 'TextBlock', text: facts.map((fact) => `- ${forMarkdown(fact)}`).join('\n'), wrap: true },
          ...commands.map((text) => ({
            type: 'TextBlock',
            text: forMarkdown(text),
            fontType: 'Monospace',
            wrap: true,
          })),
        ],
        actions: page ? [{ type: 'Action.OpenUrl', title: 'Open in the Temporal UI', url: page }] : [],
      },
    },
  ],
});

/** For programs: the facts, and the same words. */
export const webhookBody = ({ event, id, at, ...data }: News, { headline, commands, page }: Words): object => ({
  type: `attune.run.${event}`,
  id,
  timestamp: at,
  data: { ...data, headline, commands, page },
});
