/**
 * The look: that of the evaluation report, whose colours these are (attune_jobs.evaluation.style).
 * @module
 */
export const STYLE = `
:root {
  color-scheme: light dark; --page: #f6f5f2; --card: #ffffff; --ink: #1c1f24; --soft: #5d636e; --line: #e2e0da;
  --track: #ebe9e4; --tuned: #0b7a6f; --base: #7b818c; --bm25: #b0792b; --incumbent: #6d5bc2; --good: #0b7a6f;
  --good-back: #dff1ee; --bad: #b23a3a; --bad-back: #f8e4e2; --note: #8a5b0e; --note-back: #fbf1dc;
  --edge: rgba(0, 0, 0, .16);
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14161a; --card: #1c1f25; --ink: #e9e9e6; --soft: #a3a8b2; --line: #2e323a; --track: #292d34;
    --tuned: #4fc3b4; --base: #9aa1ad; --bm25: #d9a559; --incumbent: #a99bf0; --good: #4fc3b4;
    --good-back: #16332f; --bad: #ee8a84; --bad-back: #3a2021; --note: #e2b766; --note-back: #33290f;
    --edge: rgba(255, 255, 255, .22);
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
.top {
  display: flex; gap: 28px; align-items: center; padding: 0 24px; height: 52px; background: var(--card);
  border-bottom: 1px solid var(--line);
}
.brand { font-weight: 700; letter-spacing: -0.02em; color: var(--ink); text-decoration: none; }
nav { display: flex; gap: 4px; }
nav a { color: var(--soft); text-decoration: none; padding: 5px 12px; border-radius: 8px; }
nav a:hover { color: var(--ink); }
nav a[aria-current] { color: var(--ink); background: var(--track); font-weight: 600; }
main { max-width: 1240px; margin: 0 auto; padding: 28px 24px 64px; }
h1 {
  font-size: clamp(1.5rem, 4vw, 2rem); line-height: 1.15; letter-spacing: -0.02em; margin: 4px 0 12px;
  text-wrap: balance;
}
h2 { font-size: 1.15rem; letter-spacing: -0.01em; margin: 0 0 12px; }
h3 { font-size: 1rem; margin: 0 0 8px; line-height: 1.35; }
p { margin: 0 0 12px; }
a { color: var(--tuned); text-underline-offset: 3px; }
a:focus-visible, button:focus-visible, input:focus-visible, textarea:focus-visible, .scroll:focus-visible,
iframe:focus-visible, summary:focus-visible { outline: 2px solid var(--tuned); outline-offset: 2px; border-radius: 4px; }
code { font-size: .92em; }
.soft, .eyebrow, dt, small { color: var(--soft); }
.eyebrow { margin: 0; font-size: .9rem; }
.lead { color: var(--soft); max-width: 68ch; font-size: .95rem; }
section { margin-top: 36px; }
.card + *, .stages + *, .verdict ul + p, h3.after { margin-top: 16px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 24px; min-width: 0; }
.notice {
  background: var(--note-back); border-left: 4px solid var(--note); border-radius: 6px; padding: 10px 14px;
  font-size: .95rem;
}
.verdict {
  border-left: 6px solid var(--note); background: var(--note-back); border-radius: 8px; padding: 14px 18px;
  margin: 12px 0 20px;
}
.verdict > :last-child { margin-bottom: 0; }
.verdict ul { margin: 8px 0 0; padding-left: 1.2em; }
.verdict.passed { border-color: var(--good); background: var(--good-back); }
.verdict.rejected { border-color: var(--bad); background: var(--bad-back); }
.verdict.plain { border-color: var(--base); background: var(--track); }
.finding { font-size: 1.15rem; font-weight: 600; margin: 0 0 4px; white-space: pre-line; }
.badge {
  display: inline-block; border-radius: 999px; padding: 1px 10px; background: var(--track); color: var(--ink);
  font-size: .85rem; font-weight: 600; white-space: nowrap;
}
.badge.good { background: var(--good-back); color: color-mix(in srgb, var(--good) 80%, var(--ink)); }
.badge.bad { background: var(--bad-back); color: var(--bad); }
.badge.note { background: var(--note-back); color: var(--note); }
.badge.live { background: var(--tuned); color: var(--card); }
.bar { display: flex; flex-wrap: wrap; gap: 10px 16px; align-items: center; margin-bottom: 16px; }
.bar form { display: flex; gap: 8px; margin-left: auto; }
.chips { display: flex; gap: 4px; }
.chips a { color: var(--soft); text-decoration: none; padding: 4px 12px; border-radius: 999px; border: 1px solid var(--line); }
.chips a[aria-current] { color: var(--ink); background: var(--card); border-color: var(--soft); font-weight: 600; }
label { font-size: .9rem; color: var(--soft); display: block; }
input, textarea, button, .button {
  font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--soft); border-radius: 8px;
  padding: 7px 12px; max-width: 100%;
}
button, .button { cursor: pointer; font-weight: 600; text-decoration: none; display: inline-block; }
button.yes, .button.yes { background: var(--good); border-color: var(--good); color: var(--card); }
button.no { border-color: var(--bad); color: var(--bad); }
.fields > * + * { margin-top: 14px; }
.fields input, .fields textarea { width: 100%; }
.buttons { display: flex; flex-wrap: wrap; gap: 10px; margin-top: 18px; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
td { overflow-wrap: normal; }
tbody th { min-width: 8.5rem; overflow-wrap: anywhere; }
tbody th.nowrap { min-width: 0; }
th, td { padding: 9px 10px; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 500; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-size: .85rem; white-space: nowrap; }
tbody tr:last-child > * { border-bottom: 0; }
td small, th small { display: block; font-size: .82rem; }
.number { text-align: right; white-space: nowrap; }
.nowrap { white-space: nowrap; }
.narrow { display: none !important; }
.runs tbody th a { font-weight: 600; }
.scroll {
  overflow-x: auto;
  background: linear-gradient(to right, var(--card) 30%, transparent) left / 40px 100% no-repeat local,
    linear-gradient(to left, var(--card) 30%, transparent) right / 40px 100% no-repeat local,
    linear-gradient(to right, var(--edge), transparent) left / 14px 100% no-repeat scroll,
    linear-gradient(to left, var(--edge), transparent) right / 14px 100% no-repeat scroll, var(--card);
}
nav.pages { display: flex; gap: 16px; align-items: center; margin-top: 16px; }
.two { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 24px; align-items: start; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 6px 24px; margin: 0; font-size: .92rem; }
dd { margin: 0; }
pre {
  background: var(--track); border-radius: 8px; padding: 12px 14px; overflow-x: auto; font-size: .82rem; margin: 12px 0 0;
}
.stages { list-style: none; margin: 0; padding: 0; }
.stages > li { display: grid; grid-template-columns: 1.4em 6.5em 5.5em minmax(0, 1fr); gap: 2px 12px; padding: 6px 0; }
.stages .mark { font-weight: 700; text-align: center; }
.stages .took { text-align: right; color: var(--soft); white-space: nowrap; }
.stages .told { color: var(--soft); font-size: .92rem; }
.stages .ahead { color: var(--soft); }
.stages .done .mark { color: var(--good); }
.stages .failed .mark, .stages .failed .name { color: var(--bad); }
.stages .stopped .mark { color: var(--note); }
.stages .running .mark, .stages .running .name { color: var(--tuned); font-weight: 700; }
@media (prefers-reduced-motion: no-preference) {
  .stages .running .mark { animation: breathe 1.6s ease-in-out infinite; }
}
@keyframes breathe { 50% { opacity: .35; } }
.curves { grid-column: 2 / -1; display: grid; gap: 6px; margin-top: 4px; }
.curves figure { display: grid; grid-template-columns: 6.5em minmax(0, 20rem) 1fr; gap: 12px; align-items: center; }
.curves figcaption { color: var(--soft); font-size: .88rem; }
.curves polyline { fill: none; stroke: var(--base); stroke-width: 2; vector-effect: non-scaling-stroke; }
.curves .dev polyline { stroke: var(--tuned); }
figure { margin: 0; }
svg { display: block; overflow: visible; }
svg text { fill: var(--soft); font-size: 12px; }
.plot { display: grid; grid-template-columns: 40px minmax(0, 1fr); }
.grid { stroke: var(--line); }
.turn { stroke: var(--soft); stroke-dasharray: 3 3; opacity: .6; }
.point .path { stroke: var(--tuned); stroke-width: 2.5; }
.point .whisker { stroke: var(--tuned); stroke-width: 2; opacity: .6; }
.point circle { fill: var(--tuned); stroke: var(--card); stroke-width: 1.5; }
.point.out circle { fill: var(--card); stroke: var(--bad); stroke-width: 2; }
.point .rival { stroke: var(--base); stroke-width: 2.5; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: .88rem; color: var(--soft); margin: 12px 0 0; padding: 0; list-style: none; }
.legend b { color: var(--ink); }
.key::before { content: ""; display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 6px; background: currentColor; }
.key.tuned::before { color: var(--tuned); }
.key.out::before { background: none; border: 2px solid var(--bad); }
.key.rival::before { color: var(--base); height: 3px; width: 14px; border-radius: 0; vertical-align: middle; }
.key.service::before { color: var(--good); height: 5px; width: 16px; border-radius: 2px; vertical-align: middle; }
.key.weights::before { color: var(--incumbent); height: 2px; width: 16px; border-radius: 0; vertical-align: middle; }
.flow { list-style: none; margin: 0; padding: 0; display: flex; gap: 30px; align-items: stretch; }
.flow > li {
  flex: 1 1 0; min-width: 0; position: relative; background: var(--card); border: 1px solid var(--line);
  border-radius: 10px; padding: 12px 14px; font-size: .92rem;
}
.flow > li + li::before { content: "→"; position: absolute; left: -23px; top: 50%; transform: translateY(-50%); color: var(--soft); }
.flow h3 { font-size: .82rem; color: var(--soft); font-weight: 500; margin: 0 0 2px; }
.flow p { margin: 0; }
.flow .beside { border-top: 1px dashed var(--line); margin-top: 8px; padding-top: 6px; font-size: .88rem; color: var(--soft); }
.graph { display: grid; grid-template-columns: 64px minmax(0, 1fr); gap: 12px; }
.graph ol { list-style: none; margin: 0; padding: 0; }
.graph li { height: 84px; padding: 5px 0; overflow: hidden; display: flex; flex-direction: column; justify-content: center; }
.graph li p { margin: 0; }
.graph li p + p { font-size: .88rem; line-height: 1.4; }
.graph .service { stroke: var(--good); stroke-width: 5; opacity: .55; }
.graph .weights { stroke: var(--incumbent); stroke-width: 2; fill: none; }
.graph .node { fill: var(--card); stroke: var(--base); stroke-width: 2.5; }
.graph .node.served { fill: var(--good); stroke: var(--good); }
.graph .node.refused { stroke: var(--bad); }
.graph .node.origin { fill: var(--base); }
.stack .jobs { fill: var(--tuned); }
.stack .endpoints { fill: var(--incumbent); }
.stack .track { fill: var(--track); }
.key.jobs::before { color: var(--tuned); border-radius: 2px; }
.key.endpoints::before { color: var(--incumbent); border-radius: 2px; }
.decide { display: grid; grid-template-columns: minmax(16rem, 22rem) minmax(0, 1fr); gap: 24px; align-items: start; }
.decide aside { position: sticky; top: 20px; }
iframe { width: 100%; border: 1px solid var(--line); border-radius: 12px; background: var(--card); display: block; height: calc(100vh - 150px); min-height: 420px; }
.whole main { max-width: none; }
@media (max-width: 860px) {
  .top { padding: 0 16px; gap: 16px; }
  main { padding: 20px 16px 48px; }
  .card { padding: 16px; }
  section { margin-top: 28px; }
  .wide { display: none !important; }
  .narrow { display: block !important; }
  .two, .decide { grid-template-columns: minmax(0, 1fr); gap: 20px; }
  .decide aside { position: static; }
  .bar form { margin-left: 0; flex: 1 1 100%; }
  .bar form input { flex: 1; min-width: 0; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: 10px; }
  .stages > li { grid-template-columns: 1.4em minmax(0, 1fr) max-content; }
  .stages .told { grid-column: 2 / -1; }
  .curves figure { grid-template-columns: minmax(0, 1fr); gap: 2px; }
  .flow { flex-direction: column; }
  .flow > li + li::before { content: "↓"; left: 50%; top: -26px; transform: translateX(-50%); }
  .graph { gap: 4px; }
  .badge { font-size: .78rem; padding: 1px 8px; }
  td .badge { white-space: normal; }
  th, td { padding: 8px 6px; }
  table { font-size: .9rem; }
}
`;
