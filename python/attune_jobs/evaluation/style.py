"""The report's look: light and dark, wide and narrow, on paper, without a fetched file."""

STYLE = """
:root {
  color-scheme: light dark; --page: #f6f5f2; --card: #ffffff; --ink: #1c1f24; --soft: #5d636e; --line: #e2e0da;
  --track: #ebe9e4; --tuned: #0b7a6f; --base: #7b818c; --bm25: #b0792b; --incumbent: #6d5bc2; --good: #0b7a6f;
  --good-back: #dff1ee; --bad: #b23a3a; --bad-back: #f8e4e2; --note: #8a5b0e; --note-back: #fbf1dc;
  --heat: 11, 122, 111; --cold: 178, 58, 58; --edge: rgba(0, 0, 0, .16); --mark: #fff0b8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14161a; --card: #1c1f25; --ink: #e9e9e6; --soft: #a3a8b2; --line: #2e323a; --track: #292d34;
    --tuned: #4fc3b4; --base: #9aa1ad; --bm25: #d9a559; --incumbent: #a99bf0; --good: #4fc3b4;
    --good-back: #16332f; --bad: #ee8a84; --bad-back: #3a2021; --note: #e2b766; --note-back: #33290f;
    --heat: 79, 195, 180; --cold: 238, 138, 132; --edge: rgba(255, 255, 255, .22); --mark: #4a3d12;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 64px; }
h1 {
  font-size: clamp(1.6rem, 4.5vw, 2.3rem); line-height: 1.15; letter-spacing: -0.02em; margin: 4px 0 8px;
  text-wrap: balance;
}
h2 { font-size: 1.15rem; letter-spacing: -0.01em; margin: 0 0 4px; }
h3.after { margin-top: 20px; }
h3 { font-size: 1rem; margin: 0 0 8px; line-height: 1.35; }
p { margin: 0 0 12px; }
.soft, .eyebrow, figcaption, dt { color: var(--soft); }
.eyebrow { margin: 0; font-size: .85rem; }
.lead { color: var(--soft); max-width: 62ch; margin-bottom: 24px; }
section { margin-top: 40px; }
section > .lead { font-size: .95rem; margin-bottom: 16px; }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 24px;
  min-width: 0;
}
.hero { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); gap: 32px; align-items: center; }
.big { font-size: clamp(2.8rem, 9vw, 4.2rem); font-weight: 650; line-height: 1; letter-spacing: -0.04em; }
header:has(.verdict.passed) .big { color: var(--good); }
header:has(.verdict.rejected) .big { color: var(--bad); }
.verdict {
  border-left: 6px solid var(--note); background: var(--note-back); border-radius: 8px; padding: 14px 18px;
  margin: 12px 0 20px;
}
.verdict h1 { margin: 0; }
.verdict ul { margin: 8px 0 0; padding-left: 1.2em; }
.verdict p { margin: 8px 0 0; }
.verdict.passed { border-color: var(--good); background: var(--good-back); }
.verdict.rejected { border-color: var(--bad); background: var(--bad-back); }
.finding { font-size: 1.15rem; font-weight: 600; margin: 0 0 4px; }
.big + p { margin: 8px 0 0; }
.fromto { font-size: 1.05rem; margin-top: 12px !important; }
.notes { list-style: none; padding: 0; margin: 16px 0 0; display: grid; gap: 8px; }
.notes li {
  background: var(--note-back); border-left: 4px solid var(--note); border-radius: 6px; padding: 10px 14px;
  font-size: .95rem;
}
.record {
  display: flex; height: 14px; border-radius: 7px; overflow: hidden; background: var(--track); gap: 2px;
  margin-bottom: 6px;
}
.record .won { background: var(--good); }
.record .lost { background: var(--bad); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: .88rem; color: var(--soft); margin: 0; }
.legend b { color: var(--ink); }
.key::before {
  content: ""; display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 6px;
  background: currentColor;
}
.key.won { color: var(--good); }
.key.lost { color: var(--bad); }
.key.tied { color: var(--base); }
.key.base { color: var(--base); }
.key.candidate { color: var(--tuned); }
.key.incumbent { color: var(--incumbent); }
.key span { color: var(--soft); }
.forest {
  display: grid; grid-template-columns: fit-content(9.5em) minmax(0, 1fr) max-content; gap: 6px 16px;
  align-items: center; font-size: .95rem;
}
.forest .axis { grid-column: 2; }
.forest .number { text-align: right; white-space: nowrap; }
.forest .number span { display: block; color: var(--soft); font-size: .78rem; line-height: 1.3; }
svg { display: block; overflow: visible; }
svg text { fill: var(--soft); font-size: 12px; }
.grid { stroke: var(--line); }
.zero { stroke: var(--soft); stroke-dasharray: 3 3; }
.interval { color: var(--base); }
.interval.better { color: var(--good); }
.interval.worse { color: var(--bad); }
.interval .bar { stroke: currentColor; stroke-width: 3; }
.interval .end { stroke: currentColor; stroke-width: 2; }
.interval circle { fill: currentColor; }
.system.base { color: var(--base); }
.system.candidate { color: var(--tuned); }
.system.incumbent { color: var(--incumbent); }
.system .path { stroke: currentColor; stroke-width: 2.5; }
.system .whisker { stroke: currentColor; opacity: .55; stroke-width: 1.5; }
.system circle { fill: currentColor; stroke: var(--card); stroke-width: 1.5; }
.trials .other { color: var(--base); }
.trials .best { color: var(--tuned); }
.trials circle { fill: currentColor; stroke: var(--card); stroke-width: 1.5; }
.trials .path { stroke: currentColor; stroke-width: 1.5; }
.trials .best .path { stroke-width: 3.5; }
.trials g.other { opacity: .45; }
.trials > .path { color: var(--tuned); opacity: .5; }
.trials .halo { paint-order: stroke; stroke: var(--card); stroke-width: 5px; }
text.value { font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
text.value.base { fill: var(--base); }
text.value.candidate { fill: var(--tuned); }
text.value.incumbent { fill: var(--incumbent); }
.scroll {
  overflow-x: auto;
  background: linear-gradient(to right, var(--card) 30%, transparent) left / 40px 100% no-repeat local,
    linear-gradient(to left, var(--card) 30%, transparent) right / 40px 100% no-repeat local,
    linear-gradient(to right, var(--edge), transparent) left / 14px 100% no-repeat scroll,
    linear-gradient(to left, var(--edge), transparent) right / 14px 100% no-repeat scroll, var(--card);
}
.scroll:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible {
  outline: 2px solid var(--tuned); outline-offset: 2px;
}
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { padding: 9px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { color: var(--soft); font-weight: 500; font-size: .85rem; }
tbody tr:last-child > * { border-bottom: 0; }
td small { display: block; color: var(--soft); font-size: .75rem; }
td.best { font-weight: 700; color: var(--tuned); }
td.best small { font-weight: 400; }
tr.candidate th { color: var(--tuned); }
.two { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 24px; align-items: start; }
figure { margin: 0; }
figcaption { font-size: .88rem; margin-top: 10px; }
.matrix th, .matrix td {
  padding: 8px 4px; text-align: center !important; border: 2px solid var(--card); min-width: 34px;
  font-size: .9rem;
}
.matrix th { font-weight: 500; color: var(--soft); font-size: .8rem; }
.matrix td.same { background: var(--track); }
.matrix td:empty { background: none; }
.course .path { stroke: var(--base); stroke-width: 2.5; stroke-linecap: round; }
.course.dev .path { stroke: var(--tuned); }
figure + figure { margin-top: 16px; }
.questions { display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); }
.question { padding: 16px 18px; }
.move {
  display: flex; flex-wrap: wrap; gap: 6px; align-items: center; font-size: .85rem; color: var(--soft);
  margin-bottom: 6px;
}
.chip {
  border-radius: 999px; padding: 1px 10px; background: var(--track); color: var(--ink); font-weight: 600;
}
.won .chip.after { background: var(--good-back); color: var(--good); }
.lost .chip.after { background: var(--bad-back); color: var(--bad); }
.passage { font-size: .9rem; margin: 0; color: var(--soft); white-space: pre-line; }
.passage b { color: var(--ink); }
.clamp {
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden;
  white-space: normal;
}
details { margin-top: 8px; font-size: .88rem; }
summary { cursor: pointer; color: var(--tuned); }
summary:focus-visible { outline: 2px solid var(--tuned); outline-offset: 2px; border-radius: 4px; }
details h4 { margin: 12px 0 2px; font-size: .85rem; }
.more > summary { padding: 8px 0; }
.more .questions { margin-top: 4px; }
.controls { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: end; margin-bottom: 12px; }
.controls[hidden] { display: none; }
.controls label { font-size: .88rem; color: var(--soft); }
.controls input, .controls select, button {
  display: block; font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--soft);
  border-radius: 8px; padding: 7px 10px; max-width: 100%;
}
.controls input { width: min(22rem, 82vw); }
.controls select { width: min(17rem, 82vw); }
button[hidden] { display: none; }
.found > details { margin: 0 0 8px; padding: 10px 16px; }
.found summary { color: var(--ink); }
.found .query { font-weight: 600; font-size: .95rem; }
.found .gain { font-weight: 600; }
.found .gain.won { color: var(--good); }
.found .gain.lost { color: var(--bad); }
.found .gain.tied, .found small { color: var(--soft); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 8px 24px; }
.columns ol { margin: 0; padding-left: 1.6em; }
.columns li { margin-bottom: 8px; color: var(--soft); }
.columns li.right { color: var(--ink); }
.columns li b { color: var(--ink); }
.columns .tag { color: var(--good); }
mark { background: var(--mark); color: var(--ink); border-radius: 2px; }
code { font-size: .92em; }
dl {
  display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 6px 24px; margin: 0; font-size: .9rem;
}
dd { margin: 0; }
.hero > div, figure { container-type: inline-size; }
@container (max-width: 460px) {
  .forest { grid-template-columns: minmax(0, 1fr) max-content; grid-auto-flow: row dense; gap: 0 10px; }
  .forest .plot, .forest .axis { grid-column: 1 / -1; }
  .forest .plot { margin-bottom: 8px; }
  .matrix th, .matrix td { padding: 7px 1px; min-width: 0; font-size: .8rem; }
  .matrix th { font-size: .72rem; }
  .matrix th { white-space: normal; overflow-wrap: normal; }
}
@media (max-width: 760px) {
  main { padding: 24px 16px 48px; }
  .hero, .two { grid-template-columns: minmax(0, 1fr); gap: 20px; }
  .card { padding: 16px; }
  section { margin-top: 32px; }
  figure.scroll:has(.matrix) { padding: 12px 8px; }
  .forest .number { font-size: .9rem; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: 10px; }
}
@page { margin: 14mm; }
@media print {
  :root {
    color-scheme: light; --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; --track: #eee;
    --tuned: #0b7a6f; --base: #666; --bm25: #8a5b0e; --incumbent: #5646a8; --good: #0b7a6f; --good-back: #fff;
    --bad: #b23a3a; --bad-back: #fff; --note: #8a5b0e; --note-back: #fff; --heat: 11, 122, 111; --cold: 178, 58, 58;
  }
  * { print-color-adjust: exact; }
  body { font-size: 11pt; }
  main { max-width: none; padding: 0; }
  .card, tr { break-inside: avoid; }
  h1, h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; background: none; }
  .controls, .further, noscript { display: none; }
}
"""
