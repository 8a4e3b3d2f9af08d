/**
 * docs/images/architecture.svg: the folders and who imports whom, made from the imports themselves. Three panels, because
 * there is no import between attune, the code of its jobs, and the local SageMaker.
 * @module
 */
import { pythonArrows, ROOT, typeScriptArrows, type Arrow } from './imports.js';
import { layers, type Line } from './layers.js';

interface Panel {
  title: string;
  subtitle: string;
  arrows: Arrow[];
  /** What each folder is for. A folder without a word here is an error: the picture has to be understood without the code. */
  words: Record<string, string>;
  /** Drawn below, without the arrows to it: what most of the others import. */
  ground: string[];
  width: number;
  rowHeight: number;
}

const BOX = { width: 154, height: 50 };
const PADDING = 22;
const HEAD = 66;
const GROUND = 38;
const GAP = 24;

const panels = (): [Panel, Panel, Panel] => [
  {
    title: 'attune',
    subtitle: 'src/ · what people install',
    arrows: typeScriptArrows('src'),
    words: {
      cli: 'one file a verb',
      ui: 'pages of the runs',
      client: 'the public API',
      worker: 'polls the task queues',
      workflows: 'what happens, replayed',
      activities: 'what is done',
      aws: 'all that knows AWS',
      vectorStore: 'indexes, one pointer',
      events: 'changes into signals',
      dev: 'the local stack',
      run: 'the vocabulary of a run: stages, files, messages, ids',
      spec: 'what a person writes: one schema, its rules, the failures',
    },
    ground: ['run', 'spec'],
    width: 700,
    rowHeight: 136,
  },
  {
    title: 'jobs',
    subtitle: 'python/ · runs inside jobs and behind the endpoint',
    arrows: pythonArrows('python', 'attune_jobs'),
    words: {
      programs: 'job.py, train.py',
      questions: 'passages to ask about',
      prepare: 'clean, group, split',
      training: 'fit, choose, save',
      evaluation: 'ask and compare',
      indexing: 'embed every passage',
      embedding: 'vectors of any texts',
      serving: 'the endpoint',
      [ROOT]: 'base model, texts, errors',
    },
    ground: [ROOT],
    width: 400,
    rowHeight: 92,
  },
  {
    title: 'trainyard',
    subtitle: 'packages/trainyard · a local SageMaker, behind URLs',
    arrows: typeScriptArrows('packages/trainyard/src'),
    words: {
      jobs: 'really runs them',
      tuning: 'searches settings',
      hosting: 'endpoints',
      bedrock: 'a language model',
      s3vectors: 'vectors',
      instant: 'only takes time',
      [ROOT]: 'server, checks, records, faults',
    },
    ground: [ROOT],
    width: 400,
    rowHeight: 92,
  },
];

export function architecturePicture(): string {
  const [attune, jobs, trainyard] = panels().map(drawn) as [Drawn, Drawn, Drawn];
  const height = Math.max(attune.height + KEY_HEIGHT, jobs.height + GAP + trainyard.height);
  const right = GAP + attune.width + GAP;
  const size = { width: right + jobs.width + GAP, height: height + 2 * GAP };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="The folders, and which of them imports which">`,
    '<!-- Made from the imports by `npm run docs`; a test holds it equal. -->',
    STYLE,
    MARKERS,
    `<rect class="page" width="${size.width}" height="${size.height}"/>`,
    at(GAP, GAP, frame(attune, height)),
    at(GAP + PADDING, GAP + height - KEY_HEIGHT, KEY),
    at(right, GAP, frame(jobs, jobs.height)),
    at(right, GAP + jobs.height + GAP, frame(trainyard, height - jobs.height - GAP)),
    '</svg>\n',
  ].join('\n');
}

interface Drawn {
  width: number;
  height: number;
  inside: string;
}

function drawn({ title, subtitle, arrows, words, ground, width, rowHeight }: Panel): Drawn {
  const names = [...new Set(arrows.flatMap(({ from, to }) => [from, to]))].sort();
  const silent = names.find((name) => words[name] === undefined);
  if (silent) throw new Error(`${subtitle}: say in tools/docs/architecturePicture.ts what the folder ${silent} is for`);
  // An arrow from each to what all stand on would say less than no arrow.
  const lonely = ground.find((name) => arrows.filter(({ to }) => to === name).length <= (names.length - 1) / 2);
  if (lonely) throw new Error(`${subtitle}: not even half of the others import ${lonely}, so it is no ground`);
  const above = names.filter((name) => !ground.includes(name));
  const inner = width - 2 * PADDING;
  const { boxes, lines, rows } = layers(
    above,
    arrows.filter(({ from, to }) => above.includes(from) && above.includes(to)),
    { width: inner, boxWidth: BOX.width, boxHeight: BOX.height, rowHeight },
  );
  const groundAt = HEAD + (rows - 1) * rowHeight + BOX.height + 26;
  return {
    width,
    height: groundAt + ground.length * (GROUND + 8) + PADDING - 8,
    inside: [
      `<text class="title" x="${PADDING}" y="32">${title}</text>`,
      `<text class="small" x="${PADDING}" y="51">${subtitle}</text>`,
      at(PADDING, HEAD + BOX.height / 2 + 6, [...lines.map(line), ...boxes.map((box) => boxOf(box, words))].join('\n')),
      ...ground.map((name, index) => bar(name, words, { width: inner, y: groundAt + 6 + index * (GROUND + 8) })),
    ].join('\n'),
  };
}

const labelOf = (name: string): string => (name === ROOT ? 'its root' : name === 'programs' ? 'programs' : `${name}/`);

function boxOf({ name, x, y }: { name: string; x: number; y: number }, words: Record<string, string>): string {
  return at(
    x - BOX.width / 2,
    y - BOX.height / 2,
    `<rect class="box" width="${BOX.width}" height="${BOX.height}" rx="8"/>` +
      `<text class="name" x="${BOX.width / 2}" y="21">${labelOf(name)}</text>` +
      `<text class="word" x="${BOX.width / 2}" y="38">${words[name]}</text>`,
  );
}

const bar = (name: string, words: Record<string, string>, { width, y }: { width: number; y: number }): string =>
  at(
    PADDING,
    y,
    `<rect class="ground" width="${width}" height="${GROUND}" rx="8"/>` +
      `<text x="${width / 2}" y="24" text-anchor="middle"><tspan class="name">${labelOf(name)}</tspan>` +
      `<tspan class="word" dx="10">${words[name]}</tspan></text>`,
  );

/** In curves between the rows, straight through them. */
function line({ through, typesOnly, both }: Line): string {
  const [first = { x: 0, y: 0 }, ...rest] = through;
  let last = first;
  let path = `M${round(last.x)},${round(last.y + (both ? 3 : 0))}`;
  rest.forEach((point, index) => {
    const y = index === rest.length - 1 ? point.y - 2 : point.y;
    const middle = round((last.y + y) / 2);
    const curve = `C${round(last.x)},${middle} ${round(point.x)},${middle} ${round(point.x)},${round(y)}`;
    path += ` ${point.x === last.x ? `L${round(point.x)},${round(y)}` : curve}`;
    last = point;
  });
  const start = both ? ' marker-start="url(#head)"' : '';
  return `<path class="arrow${typesOnly ? ' types' : ''}" d="${path}"${start} marker-end="url(#head)"/>`;
}

const frame = ({ width, inside }: Drawn, height: number): string =>
  `<rect class="panel" width="${width}" height="${height}" rx="14"/>\n${inside}`;

const at = (x: number, y: number, what: string): string =>
  `<g transform="translate(${round(x)} ${round(y)})">\n${what}\n</g>`;

const round = (value: number): number => Math.round(value * 10) / 10;

const MARKERS =
  '<defs><marker id="head" viewBox="0 0 8 8" refX="6.5" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse">' +
  '<path class="head" d="M0.5,0.5 L7.5,4 L0.5,7.5 z"/></marker></defs>';

const KEY_HEIGHT = 78;
const KEY = [
  '<path class="arrow" d="M0,16 L34,16" marker-end="url(#head)"/><text class="small" x="44" y="20">imports</text>',
  '<path class="arrow types" d="M0,42 L34,42" marker-end="url(#head)"/><text class="small" x="44" y="46">imports types only</text>',
  '<rect class="ground" x="214" y="7" width="34" height="18" rx="5"/>',
  '<text class="small" x="258" y="20">most of the others import it; its arrows are not drawn</text>',
  '<text class="small" x="214" y="46">Between the three panels there is no import at all.</text>',
].join('\n');

const STYLE = `<style>
  svg { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
  .page { fill: #ffffff; }
  .panel { fill: #f6f7f9; stroke: #dfe3e8; }
  .box { fill: #ffffff; stroke: #5b6b82; stroke-width: 1.2; }
  .ground { fill: #e3e9f1; stroke: #c6d0dd; }
  .title { font-size: 19px; font-weight: 650; fill: #1b2430; }
  .name { font-size: 14px; font-weight: 600; fill: #1b2430; }
  .box ~ .name, .box ~ .word { text-anchor: middle; }
  .word { font-size: 11.5px; fill: #5b6777; }
  .small { font-size: 12.5px; fill: #5b6777; }
  .arrow { fill: none; stroke: #4a78b5; stroke-width: 1.5; }
  .types { stroke-dasharray: 5 4; }
  .head { fill: #4a78b5; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; }
    .panel { fill: #151b23; stroke: #2b333e; }
    .box { fill: #1f2732; stroke: #7d8ca3; }
    .ground { fill: #263243; stroke: #36455a; }
    .title, .name { fill: #e8edf3; }
    .word, .small { fill: #9aa7b8; }
    .arrow { stroke: #78a6e0; }
    .head { fill: #78a6e0; }
  }
</style>`;
