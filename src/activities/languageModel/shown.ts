/**
 * What a language model is shown before its first passage: passages of everyday life, with a question of each kind. Small models
 * write questions once they have seen some, and tell of the task where they have not: asked about 24 medical passages,
 * SmolLM2-135M spoke of "the passage" in 9 of 38 questions without, and in none of 42 with them.
 * @module
 */
import type { QuestionKind } from '../../spec/questionsSchema.js';

interface Shown {
  title: string;
  passage: string;
  questions: Record<QuestionKind, string>;
}

/** Of no company's domain, so that nothing of them is taken for an answer. */
export const SHOWN: readonly Shown[] = [
  {
    title: 'Kettles',
    passage:
      'To remove scale, fill the kettle with equal parts of water and vinegar, leave it for an hour, bring it to the boil once, and rinse it twice. In hard-water regions do this every four weeks: scale on the element makes a kettle slow and loud.',
    questions: {
      keyword: 'descale kettle vinegar',
      howTo: 'How do I get limescale out of my kettle?',
      comparison: 'How often does a kettle need descaling with hard water compared to soft water?',
      problem: 'My kettle has become loud and takes ages to boil',
      long: 'We have very hard water here and use the kettle ten times a day. How often should it be descaled?',
    },
  },
  {
    title: 'Moving house',
    passage:
      'Employees who move house are granted one day of special leave a year. It has to be applied for at least two weeks before, and the registration of the new address handed in within a month; otherwise the day is taken from the annual leave.',
    questions: {
      keyword: 'special leave moving house',
      howTo: 'How can I get a day off for moving to a new flat?',
      comparison: 'Is a day off for moving house special leave or annual leave?',
      problem: 'A day was deducted from my annual leave although I moved house',
      long: 'I am moving next month and have not told my manager yet. Can I still get a day off, and what do I have to hand in?',
    },
  },
];
