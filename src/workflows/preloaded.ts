/**
 * What all workflows of a worker share: loaded once, before the first of them, and frozen by the SDK. Every other module of the bundle
 * is evaluated for each workflow anew, and held by it: with zod and these, that was 1.4 MiB and 10 ms a workflow, without them
 * it is 0.2 MiB and 1 ms. Only modules that hold no state may stand here, and none that needs a workflow around it when it is
 * loaded.
 * @module
 */
import '../run/batch.js';
import '../run/embedding.js';
import '../run/lineage.js';
import '../run/looks.js';
import '../run/news.js';
import '../run/polls.js';
import '../run/progress.js';
import '../run/proof.js';
import '../run/questions.js';
import '../run/records.js';
import '../run/results.js';
import '../run/vectorIndex.js';
import '../spec/batch.js';
import '../spec/budget.js';
import '../spec/cost.js';
import '../spec/dataForms.js';
import '../spec/embedSettings.js';
import '../spec/indexName.js';
import '../spec/questions.js';
import '../spec/questionsSchema.js';
import '../spec/searchSpace.js';
import '../spec/stages.js';
import '../spec/trialCounters.js';
