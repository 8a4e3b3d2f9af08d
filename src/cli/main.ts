#!/usr/bin/env node
/**
 * The command line: declares verbs and flags; each verb's file is loaded only when it is called.
 * @module
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { version } from '../client/version.js';
import { KINDS } from '../spec/embedSettings.js';
import type { CancelFlags } from './cancel.js';
import type { DecideFlags } from './decide.js';
import type { DevFlags } from './dev.js';
import type { EmbedFlags } from './embed.js';
import type { EnvFlags } from './env.js';
import type { EvaluateFlags } from './evaluate.js';
import { EXIT, tell } from './exit.js';
import type { InitFlags } from './init.js';
import { processIo, type Io, type JsonFlag } from './io.js';
import { secondsIn } from './lasting.js';
import { declareLooks } from './lookVerbs.js';
import type { ListFlags } from './list.js';
import type { PricesFlags } from './prices.js';
import type { QueryFlags } from './query.js';
import type { QuestionsFlags } from './questions.js';
import type { ReportFlags } from './report.js';
import type { RetryFlags } from './retry.js';
import { declareIndex } from './indexVerbs.js';
import { declareSchedule } from './scheduleVerbs.js';
import { declareService } from './serviceVerbs.js';
import type { SearchFlags } from './search.js';
import type { SetupFlags } from './setup.js';
import type { SubmitFlags } from './submit.js';
import type { SweepFlags } from './sweep.js';
import { SWEEP_RULE } from './sweepRule.js';
import { declareWorker } from './workerVerb.js';

/** Sets the exit code that a verb ended with. */
type Done = (code: number) => void;

const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    return value;
  };
const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number above 0.');
  return value;
};
const commaSeparated = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
const port = (text: string): number => {
  const value = wholeNumber(0)(text);
  if (value > 65_535) throw new InvalidArgumentError('Expected a port, 0 to 65535.');
  return value;
};
const RUN = 'workflow id or run id of the run, or a spec name for its latest run';
/** PARTS of set-up, named here so that `--help` loads nothing of it. */
const SETUP_PARTS = ['python', 'servers'] as const;
const JSON_FLAG = ['--json', 'print JSON on stdout and nothing else there'] as const;

function declare(io: Io, done: Done): Command {
  const program = new Command('attune')
    .description('Fit an embedding model to a domain, prove the fit, put it behind an endpoint.')
    .version(version())
    .configureOutput({ writeOut: (text) => io.draw('', text), writeErr: (text) => io.drawTalk('', text) })
    .showHelpAfterError('(run with --help for the usage)')
    .addHelpText(
      'after',
      '\nStart here:\n  $ attune setup                once\n  $ attune dev                  everything on this machine\n  $ eval "$(attune env)"        in another terminal\n  $ attune init && attune submit attune.yaml --watch',
    );
  const verb = (usage: string, description: string, example: string): Command =>
    program.command(usage).description(description).addHelpText('after', `\nExample:\n  $ attune ${example}`);

  verb('setup', 'provide the servers and the Python environment that `attune dev` runs on, once', 'setup')
    .addOption(
      new Option('--without <parts...>', 'leave these alone; what an earlier set-up provided stays').choices(
        SETUP_PARTS,
      ),
    )
    .option(...JSON_FLAG)
    .action(async (flags: SetupFlags) => done(await (await import('./setup.js')).setup(io, flags)));

  verb('dev', 'run the whole stack on this machine until Ctrl-C', 'dev --state .attune')
    .option('--state <folder>', 'where its state lies', '.attune')
    .option('--clean', 'forget all earlier state first')
    .option('--stop', 'instead, end the stack that runs on that state, with its jobs and endpoints')
    .option('--no-worker', 'start the servers only')
    .option('--temporal-port <port>', 'Temporal server (default: 7233, or a free one)', port)
    .option('--ui-port <port>', "Temporal's Web UI (default: 8233, or a free one)", port)
    .option('--s3-port <port>', 'S3 server (default: 7070, or a free one)', port)
    .option('--sagemaker-port <port>', 'SageMaker (default: 7080, or a free one)', port)
    .option('--events-port <port>', 'events (default: 7090, or a free one)', port)
    .option('--language-model [gguf]', 'answer as Amazon Bedrock too, by a small model of this machine, or by a file')
    .option('--faults', 'let the local SageMaker be asked for faults, to see what a run makes of them')
    .option(...JSON_FLAG)
    .action(async (flags: DevFlags) => done(await (await import('./dev.js')).dev(io, flags)));

  verb(
    'env',
    'print the export lines that point AWS SDKs and Temporal clients at the running stack',
    'env   # eval "$(attune env)"',
  )
    .option('--state <folder>', "the stack's state folder", '.attune')
    .option(...JSON_FLAG)
    .action(async (flags: EnvFlags) => done(await (await import('./env.js')).env(io, flags)));

  verb('init', 'write a commented spec to start from, of the data that lie there', 'init --data faq.csv --name support')
    .argument('[file]', 'the file to write', 'attune.yaml')
    .option('--name <name>', 'name of the run', 'my-search')
    .option('--data <path>', 'rows of question and passage, a BEIR folder or documents; else what lies beside the file')
    .option('--force', 'overwrite the file')
    .action(async (file: string, flags: InitFlags) => done(await (await import('./init.js')).init(io, file, flags)));

  verb('validate', 'check a spec without submitting it; needs no server', 'validate attune.yaml')
    .argument('<spec>', 'YAML or JSON file')
    .option(...JSON_FLAG)
    .action(async (spec: string, flags: JsonFlag) =>
      done(await (await import('./validate.js')).validate(io, spec, flags)),
    );

  verb('data', 'what the prepare job would make of the data, on this machine, for nothing', 'data attune.yaml')
    .argument('<spec>', 'YAML or JSON file; data in S3 is downloaded')
    .option(...JSON_FLAG)
    .action(async (spec: string, flags: JsonFlag) => done(await (await import('./data.js')).data(io, spec, flags)));

  verb(
    'submit',
    'start a run, or find the one that runs already, or was decided today, from the same spec and data',
    'submit attune.yaml --watch',
  )
    .argument('<spec>', 'YAML or JSON file')
    .option('--watch', "follow it to its end; the exit code is the run's")
    .option('--again', 'also where nothing is new since a run of today')
    .option(...JSON_FLAG)
    .action(async (spec: string, flags: SubmitFlags) =>
      done(await (await import('./submit.js')).submit(io, spec, flags)),
    );

  verb(
    'evaluate',
    'compare bases on the questions of a spec, untrained, and wait for the table',
    'evaluate attune.yaml --bases sentence-transformers/all-MiniLM-L6-v2,BAAI/bge-small-en-v1.5,./model',
  )
    .argument('<spec>', 'YAML or JSON file; of its training only maxSeqLength counts')
    .requiredOption('--bases <bases>', 'hub ids, S3 prefixes or folders, with commas in between', commaSeparated)
    .option('--again', 'also where the same was compared today')
    .option(...JSON_FLAG)
    .action(async (spec: string, flags: EvaluateFlags) =>
      done(await (await import('./evaluate.js')).evaluate(io, spec, flags)),
    );

  verb('watch', 'follow a run to its end', 'watch support-search')
    .argument('<run>', RUN)
    .option('--json', 'print one JSON object a line')
    .action(async (run: string, flags: JsonFlag) => done(await (await import('./watch.js')).watch(io, run, flags)));

  verb('list', 'the runs, newest first', 'list --running')
    .option('--name <name>', 'only runs of this spec name')
    .option('--running', 'only runs that are running')
    .option('--serving', 'only runs whose model is in service now (asks AWS)')
    .option('--limit <count>', 'at most so many', wholeNumber(1), 50)
    .option(...JSON_FLAG)
    .action(async (flags: ListFlags) => done(await (await import('./list.js')).list(io, flags)));

  verb('show', 'where a run stands: stages, jobs, metrics, decision, cost', 'show support-search')
    .argument('<run>', RUN)
    .option(...JSON_FLAG)
    .action(async (run: string, flags: JsonFlag) => done(await (await import('./show.js')).show(io, run, flags)));

  for (const [name, description] of [
    ['approve', 'put a candidate that waits for approval into service'],
    ['reject', 'refuse a candidate that waits for approval'],
  ] as const) {
    verb(name, description, `${name} support-search --by "R. Imai" --reason "looked at 20 questions"`)
      .argument('<run>', RUN)
      .requiredOption('--by <name>', 'who decides; is kept on record')
      .option('--reason <text>', 'why')
      .option(...JSON_FLAG)
      .action(async (run: string, flags: DecideFlags) =>
        done(await (await import('./decide.js')).decide(io, name, run, flags)),
      );
  }

  verb('cancel', 'stop a run and wait until it has cleaned up', 'cancel support-search --reason "wrong data"')
    .argument('<run>', RUN)
    .option('--reason <text>', 'why; is kept on record')
    .option(...JSON_FLAG)
    .action(async (run: string, flags: CancelFlags) =>
      done(await (await import('./cancel.js')).cancel(io, run, flags)),
    );

  verb(
    'retry',
    'continue a run that failed or was cancelled; what it has finished is not paid again',
    'retry support-search --from evaluate --watch',
  )
    .argument('<run>', RUN)
    .option('--from <stage>', 'continue from this stage (default: the one that failed)')
    .option('--watch', "follow it to its end; the exit code is the run's")
    .option(...JSON_FLAG)
    .action(async (run: string, flags: RetryFlags) => done(await (await import('./retry.js')).retry(io, run, flags)));

  verb(
    'compare',
    'two runs side by side: metrics with intervals, and how their specs differ',
    'compare support-search finetune/support-search/20260501-1a2b3c',
  )
    .argument('<a>', RUN)
    .argument('<b>', RUN)
    .option(...JSON_FLAG)
    .action(async (a: string, b: string, flags: JsonFlag) =>
      done(await (await import('./compare.js')).compare(io, a, b, flags)),
    );

  verb(
    'query',
    'the nearest passages to a question, under base and tuned model side by side',
    'query support-search "how do I reset my password"',
  )
    .argument('<run>', RUN)
    .argument('<text...>', 'the question')
    .option('-k, --k <count>', 'passages a side', wholeNumber(1), 5)
    .option(...JSON_FLAG)
    .action(async (run: string, text: string[], flags: QueryFlags) =>
      done(await (await import('./query.js')).query(io, run, text.join(' '), flags)),
    );

  verb(
    'search',
    'a question, through the endpoint and the index in service',
    'search support-search "reset my password"',
  )
    .argument('<run>', `${RUN}; or a spec file`)
    .argument('<text...>', 'the question')
    .option('-k, --k <count>', 'passages', wholeNumber(1), 10)
    .option(...JSON_FLAG)
    .action(async (run: string, text: string[], flags: SearchFlags) =>
      done(await (await import('./search.js')).search(io, run, text.join(' '), flags)),
    );

  verb(
    'embed',
    'give texts their vectors, by a job or through an endpoint, and wait for them',
    'embed s3://bucket/texts.jsonl s3://bucket/vectors/ --model support-search --instances 4',
  )
    .argument('<input>', 'S3 URI of a file or folder of rows {"id", "text"}, or a local one, which is uploaded')
    .argument('<output>', 'S3 prefix for the vectors; what is whole there already is not made again')
    .addOption(new Option('--endpoint <name>', 'the endpoint that embeds').conflicts('model'))
    .option('--model <model>', 'S3 URI of a model.tar.gz that a job embeds with, or a run that has packaged one')
    .addOption(new Option('--kind <kind>', 'what the texts are (default: document)').choices(KINDS))
    .option('--dimensions <count>', "to which vectors are cut (default: the model's own)", wholeNumber(8))
    .option('--instances <count>', 'that share the texts, with a model (default: 1)', wholeNumber(1))
    .option('--instance-type <type>', 'of the job (default: that of the run, or ml.m5.xlarge)')
    .option('--max-usd <usd>', 'refuse it, or stop it, rather than spend more', positive)
    .option(...JSON_FLAG)
    .action(async (input: string, output: string, flags: EmbedFlags) =>
      done(await (await import('./embed.js')).embed(io, input, output, flags)),
    );

  declareIndex(program.command('index'), io, done, { run: RUN, json: JSON_FLAG });

  verb('report', "download a run's evaluation report", 'report support-search')
    .argument('<run>', RUN)
    .option('--out <file>', 'where to write it (default: attune-report-<run>.html)')
    .option(
      '--share [duration]',
      'instead, print a link that leads to it so long: 90m, 12h, at most 7d (default: 7d)',
      secondsIn,
    )
    .option(...JSON_FLAG)
    .action(async (run: string, flags: ReportFlags) =>
      done(await (await import('./report.js')).report(io, run, flags)),
    );

  verb(
    'questions',
    "write some of a run's written questions into a file for a person to look through",
    'questions support-search --sample 200',
  )
    .argument('<run>', RUN)
    .option('--sample <count>', 'questions, from every document in turn', wholeNumber(1), 100)
    .option('--out <file>', 'a .csv or a .jsonl', 'questions.csv')
    .option(...JSON_FLAG)
    .action(async (run: string, flags: QuestionsFlags) =>
      done(await (await import('./questions.js')).questions(io, run, flags)),
    );

  const declaring = { verb, io, done, RUN, JSON_FLAG, wholeNumber };
  declareLooks({ ...declaring, program, port });
  declareService(declaring);
  declareSchedule(program.command('schedule'), io, done, JSON_FLAG);

  program
    .command('prices')
    .description('list prices of instances, for estimates and budgets')
    .addHelpText('after', '\nExample:\n  $ attune prices update --region eu-west-1')
    .command('update')
    .description("write AWS's on-demand list prices of a region into a file that a spec names in `prices`")
    .option('--region <region>', 'default: AWS_REGION, or that of the profile')
    .option('--out <file>', 'the file to write; spot prices in it stay', 'prices.yaml')
    .option('--from <list>', "a copy of AWS's list (index.csv), as a file or an address (default: AWS's own)")
    .option(...JSON_FLAG)
    .action(async (flags: PricesFlags) => done(await (await import('./prices.js')).prices(io, flags)));

  verb(
    'doctor',
    'whether all is there that a run needs: Temporal, workers, AWS, bucket, role, quotas, images',
    'doctor attune.yaml',
  )
    .argument(
      '[spec]',
      'YAML or JSON file whose instances, images and subnets are looked at (default: what attune takes by itself)',
    )
    .option(...JSON_FLAG)
    .action(async (spec: string | undefined, flags: JsonFlag) =>
      done(await (await import('./doctor.js')).doctor(io, spec, flags)),
    );

  verb('sweep', 'list what no running workflow owns, and remove it', 'sweep --delete')
    .option('--delete', 'stop and remove it')
    .option('--include-unknown', 'also what belongs to runs that this Temporal namespace does not know')
    .option('--scratch', 'with --delete: also the S3 folders of runs that produced nothing')
    .option(...JSON_FLAG)
    .addHelpText('after', SWEEP_RULE)
    .action(async (flags: SweepFlags) => done(await (await import('./sweep.js')).sweep(io, flags)));

  declareWorker(
    verb('worker', 'poll the task queues attune, attune-aws and attune-io until stopped', 'worker --events-port 7090'),
    done,
    io,
    { port, wholeNumber },
  );

  return program;
}

async function main(argv: string[]): Promise<number> {
  const io = processIo();
  let code: number = EXIT.done;
  const program = declare(io, (ended) => (code = ended));
  for (const command of [program, ...program.commands, ...program.commands.flatMap((verb) => verb.commands)])
    command.exitOverride();
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has told already; help and version come this way too.
    if (error instanceof CommanderError)
      return error.exitCode === 0 || error.code === 'commander.help' ? error.exitCode && EXIT.usage : EXIT.usage;
    return tell(error, io);
  } finally {
    await io.close();
  }
}

// The AWS SDK is pinned to a version that runs on every Node that package.json allows: its notice would only be noise.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

process.exitCode = await main(process.argv.slice(2));
