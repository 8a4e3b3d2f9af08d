from __future__ import annotations

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from shapes import hold

from attune_jobs.evaluation import names
from attune_jobs.evaluation.html_report import render

HOSTILE = '<script>document.title="run"</script><img src=https://example.org/x.png onerror=alert(1)> & "quoted"'
LONG_WORD = "Donaudampfschifffahrtsgesellschaft" * 8


def metrics(mean: float) -> dict[str, Any]:
    keys = ("ndcg@10", "mrr@10", "map@100", "recall@1", "recall@5", "recall@10", "recall@50")
    return {key: {"mean": mean, "low": mean - 0.05, "high": mean + 0.05} for key in keys}


def comparison(difference: float, half: float) -> dict[str, Any]:
    counts = {"confidence": 0.95, "wins": 60, "ties": 150, "losses": 40}
    interval = {"difference": difference, "low": difference - half, "high": difference + half}
    return {"metric": "ndcg@10", **interval, **counts}


def example(query: str, base: int | None, candidate: int | None) -> dict[str, Any]:
    passage = {"id": "doc-1/" + LONG_WORD, "title": "A title", "text": f"{HOSTILE} {LONG_WORD} " * 5}
    found = {"passage": passage, "baseTop": passage, "candidateTop": passage}
    return {"queryId": "q", "query": query, "baseRank": base, "candidateRank": candidate, **found}


def guard(name: str, difference: float) -> dict[str, Any]:
    return {
        "name": name,
        "questions": 100,
        "passages": 500,
        "against": "incumbent",
        "tolerance": 0.02,
        "groups": 100,
        "minGroups": 10,
        "scores": {system: {"mean": 0.5, "low": 0.4, "high": 0.6} for system in ("base", "incumbent", "candidate")},
        "comparison": comparison(difference, 0.005),
        "inTraining": 0,
    }


def report(
    gain: float = 0.046, half: float = 0.02, bm25: float = 0.4, warnings: list[str] | None = None
) -> dict[str, Any]:
    systems = {"bm25": bm25, "base": 0.6, "incumbent": 0.62, "candidate": 0.6 + gain}
    against = {"base": gain, "bm25": 0.2, "incumbent": gain - 0.02}
    return {
        "version": 1,
        "summary": {
            "questions": 250,
            "origins": {"headings": 250},
            "passages": 2000,
            "metrics": {name: metrics(mean) for name, mean in systems.items()},
            "comparisons": {f"candidate-{name}": comparison(value, half) for name, value in against.items()},
            "guards": [guard("general", -0.004), guard(LONG_WORD[:32].lower(), -0.08)],
            "warnings": warnings or [],
        },
        "comparisons": {key: {"candidate-base": comparison(gain, half) | {"metric": key}} for key in metrics(0.5)},
        "byDimension": {
            name: {str(size): metrics(systems[name] - 4 / size) for size in (384, 256, 128, 64)}
            for name in ("base", "incumbent", "candidate")
        },
        "won": [example(HOSTILE, None, 1), *(example(f"question {n} {LONG_WORD}", 40, 2) for n in range(11))],
        "lost": [example("lost question", 1, 7)],
        "rankChanges": {
            "better": 60,
            "same": 150,
            "worse": 40,
            "bands": ["1", "2–3", "4–10", "11–50", "51–100", "> 100"],
            "matrix": [[max(0, 30 - 9 * abs(row - column)) for column in range(6)] for row in range(6)],
        },
        "settings": {
            "name": HOSTILE,
            "base": "sentence-transformers/all-MiniLM-L6-v2",
            "metric": "ndcg@10",
            "confidence": 0.95,
            "resamples": 10_000,
            "seed": 0,
            "groups": 120,
            "maxSeqLength": {"base": 96, "candidate": 96},
            "bm25": {"method": "lucene", "k1": 1.5},
            "manifest": {"dimensions": [384, 256, 128, 64], "dataHash": "0" * 64},
            "versions": {"torch": "2"},
            "seconds": {"base": 30.0, "total": 70.0},
        },
    }


TRAINED: dict[str, Any] = {
    "startedFrom": {"model": "s3://old.tar.gz", "dataHash": None},
    "devMetric": {"name": "ndcg@10", "value": 0.61, "base": 0.5, "step": 20, "questions": {"people": 40}},
    "trainSeconds": 12.5,
    "training": {"pairs": 1234, "epochs": 2, "batchSize": 64, "learningRate": 2e-5, "seed": 42},
    "curves": {"loss": [[0, 2.5], [20, 1.5], [40, 1.0]], "dev": [[0, 0.5], [20, 0.61], [40, 0.6]]},
}


def details() -> dict[str, Any]:
    """Of three questions: won with hostile words, lost, tied."""
    passages = [
        {"id": f"p{n}", "title": HOSTILE if n == 0 else "", "text": f"alpha {LONG_WORD} beta {n}"} for n in range(12)
    ]
    systems = ("bm25", "base", "incumbent", "candidate")
    entries = (("won " + HOSTILE, 0.5, 1), ("lost alpha", -0.25, None), ("tied </script> one", 0.0, 3))
    questions = [
        {
            "id": f"q{row}",
            "query": query,
            "origin": "people",
            "gain": gain,
            "ranks": {name: rank if name == "candidate" else 7 for name in systems},
            "tops": {name: list(range(10)) for name in systems} | {"bm25": []},
            "right": [2],
            "words": ["alpha"],
        }
        for row, (query, gain, rank) in enumerate(entries)
    ]
    return {"questions": questions, "passages": passages, "leftOut": 4}


def search(count: int = 8) -> dict[str, Any]:
    trials: list[dict[str, Any]] = [
        {
            "name": f"attune-t-tune-{number:03}-ab12cd34",
            "status": "Completed",
            "parameters": {
                "learningRate": 1e-5 * 1.4**number,
                "epochs": 1 + number % 4,
                "batchSize": (16, 32)[number % 2],
                "scale": (20, 50)[number % 3 == 0],
                "hardnessStrength": (0, 5, 9)[number % 3],
            },
            "metric": 0.6 + 0.01 * (number * 7 % 8),
        }
        for number in range(count)
    ]
    trials[2]["status"] = "Failed"
    del trials[2]["metric"]
    best = max((trial for trial in trials if "metric" in trial), key=lambda trial: trial["metric"])
    return {
        "version": 1,
        "tuningJob": "attune-t-tune",
        "objective": "dev:ndcg@10",
        "best": best["name"],
        "trials": trials,
    }


def test_these_pages_are_made_of_reports_and_searches_as_a_run_has_them() -> None:
    hold("evaluation-report", report())
    hold("trials", search())


@pytest.mark.parametrize(
    ("option", "words"),
    [("learningRate", "learning rate"), ("epochs", "epochs"), ("batchSize", "batch"), ("newOption", "new option")],
)
def test_a_setting_that_was_searched_is_called_by_words(option: str, words: str) -> None:
    assert names.parameter(option) == words


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_headline_is_what_was_decided_on_the_model_in_service_or_where_none_serves_the_base() -> None:
    found = report(gain=0.05, half=0.02)
    assert "the tuned model ranks better than the model in service" in render(found)
    assert '<div class="big">+0.030</div>' in render(found)
    del found["summary"]["metrics"]["incumbent"], found["summary"]["comparisons"]["candidate-incumbent"]
    assert "the tuned model ranks better than the base" in render(found)
    assert '<div class="big">+0.050</div>' in render(found)


def test_the_page_says_what_was_found_and_leaves_the_verdict_to_the_run() -> None:
    assert "no difference between the tuned model and the model in service is proven" in render(report(gain=0.03))
    assert "the tuned model ranks worse than" in render(report(gain=-0.05, half=0.02))
    assert "Plain word search (BM25) beats all models" in render(report(bm25=0.9))
    page = render(report())
    for name in ("run", "verdict", "run-facts"):
        assert page.count(f"<!-- {name} -->") == page.count(f"<!-- /{name} -->") == 1
    assert page.count("<h1>") == 1 and page.index("<!-- verdict --><h1>") < page.index('class="finding"')


def test_systems_that_share_the_best_score_share_its_mark() -> None:
    found = report()
    for system in found["summary"]["metrics"].values():
        system["recall@50"] = {"mean": 1.0, "low": 1.0, "high": 1.0}
    for system in ("base", "candidate"):
        found["summary"]["metrics"][system]["recall@5"] = {"mean": 0.9, "low": 0.8, "high": 1.0}
    page = render(found)
    assert "<td>1.000<small>1.00–1.00" in page and 'class="best">1.000' not in page
    assert page.count('<td class="best">0.900') == 2


def test_the_page_tells_how_the_model_was_trained_and_nothing_where_the_package_does_not() -> None:
    found = report()
    assert "How it was trained" not in render(found)
    found["settings"]["manifest"] |= TRAINED
    page = re.sub(r"\s+", " ", Elements(render(found)).text)
    for expected in (
        "How it was trained",
        "Pairs1,234",
        "Learning rate2e-05",
        "weights of step 20",
        "s3://old.tar.gz",
    ):
        assert expected in page
    assert "Training loss: 2.500 at step 0, 1.000 at step 40" in render(found)


def test_of_a_model_that_was_trained_elsewhere_nobody_says_what_it_has_seen() -> None:
    given = report()
    assert "questions that training never saw" in render(given)
    given["settings"]["model"] = "s3://bucket/model.tar.gz"
    assert "250 held-out questions" in render(given)
    assert "never saw" not in render(given)


def test_the_numbers_behind_the_verdict_are_on_the_page() -> None:
    page = Elements(render(report(warnings=["250 test questions: small differences stay hidden."])))
    for expected in ("+0.046", "+0.026 to +0.066", "0.620", "0.646", "60 won", "150 tied", "40 lost", "250 questions"):
        assert expected in re.sub(r"\s+", " ", page.text)
    assert "small differences stay hidden" in page.text
    assert page.tags.count("svg") == 3 + 1 + 7 + 1 + 1
    assert page.tags.count("article") == 13


def test_a_search_shows_its_trials_and_marks_the_best() -> None:
    page = Elements(render(report() | {"search": search()}))
    text = re.sub(r"\s+", " ", page.text)
    assert "8 trials, compared on the dev questions. The best reached 0.6700" in text
    assert "Trial 3: Failed, no score" in text
    assert [value for name, value in page.attributes if name == "class"].count("best") >= 3
    assert page.tags.count("circle") == Elements(render(report())).tags.count("circle") + 7


@pytest.mark.parametrize("count", [3, 100])
def test_a_search_of_any_length_is_drawn(count: int) -> None:
    assert "How the settings were found" in render(report() | {"search": search(count)})


def test_a_run_without_a_search_says_nothing_of_one() -> None:
    assert "How the settings were found" not in render(report() | {"search": None})


def test_texts_of_the_data_stay_texts_and_nothing_is_loaded() -> None:
    rendered = render(report())
    page = Elements(rendered)
    assert "script" not in page.tags and "img" not in page.tags and "link" not in page.tags
    assert not {name for name, _ in page.attributes} & {"src", "href", "onerror", "srcset"}
    assert "default-src 'none'" in rendered and "url(" not in rendered and "@import" not in rendered
    assert HOSTILE in page.text


def test_the_one_script_is_named_by_its_hash_and_there_is_none_without_questions() -> None:
    page = render(report(), details())
    script = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(script) == 1
    digest = b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert "</script> one" not in page and "script-src" not in render(report())


FRAMES = """
  const load = (width) => new Promise((loaded) => {
    const frame = document.createElement('iframe');
    Object.assign(frame, {src: 'report.html', width, height: 900, onload: () => loaded(frame)});
    document.body.append(frame);
  });
  const run = async () => { %s };
  run().then((found) => { document.querySelector('pre').textContent = JSON.stringify(found); });
"""


def in_browser(page: str, script: str, folder: Path, *options: str) -> Any:
    """What the script returns that may `load(width)` the page into a frame."""
    (folder / "report.html").write_text(page, encoding="utf-8")
    (folder / "frame.html").write_text(
        f'<!doctype html><meta charset="utf-8"><body><pre></pre><script>{FRAMES % script}</script>', encoding="utf-8"
    )
    quiet = "--no-first-run --disable-background-networking --disable-component-update --disable-sync".split()
    run = subprocess.run(
        [
            chromium(),
            *("--headless", "--no-sandbox", "--disable-gpu", *quiet, "--allow-file-access-from-files", *options),
            f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=20000",
            "--dump-dom",
            f"file://{folder / 'frame.html'}",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    told = run.stdout[run.stdout.index("<pre>") + 5 : run.stdout.index("</pre>")]
    assert told, run.stderr[-2000:]
    return json.loads(html.unescape(told))


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail("chromium is not installed: the report's layout is unchecked")
    pytest.skip("chromium is not installed")


def full_page() -> str:
    found = report(warnings=["250 test questions: small differences stay hidden."]) | {"search": search(20)}
    found["settings"]["manifest"] |= TRAINED
    return render(found, details())


def test_nothing_overflows_in_a_real_browser(tmp_path: Path) -> None:
    measure = """
      const found = [];
      for (const width of [340, 390, 768, 1280]) {
        const page = (await load(width)).contentDocument, root = page.documentElement;
        page.querySelectorAll('details').forEach((one) => { one.open = true; });
        await new Promise((done) => setTimeout(done, 100));
        const inScroller = (element) => element.closest('.scroll') && !element.matches('.scroll');
        const wide = [...page.body.querySelectorAll('*')].filter((element) => !inScroller(element)
          && !element.closest('svg') && element.getBoundingClientRect().right > root.clientWidth + 1);
        const texts = [...page.querySelectorAll('svg text')].filter((element) =>
          element.getBoundingClientRect().right > root.clientWidth + 1).map((element) => element.textContent);
        const axis = page.querySelector('.forest .axis');
        const ends = [...axis.querySelectorAll('text')].map((element) => element.getBoundingClientRect());
        const matrix = page.querySelector('.matrix').parentElement;
        found.push({width: root.clientWidth, scroll: root.scrollWidth, title: page.title, texts,
          wide: wide.map((element) => element.outerHTML.slice(0, 80)), height: root.scrollHeight,
          apart: ends.every((box, at) => at === 0 || box.left > ends[at - 1].right),
          matrix: [matrix.scrollWidth, matrix.clientWidth]});
      }
      return found;
    """
    for found in in_browser(full_page(), measure, tmp_path):
        assert found["wide"] == [] and found["texts"] == []
        assert found["scroll"] <= found["width"] <= 1280
        assert found["apart"]
        assert found["matrix"][0] <= found["matrix"][1] or found["width"] < 370
        assert found["title"].startswith("<script>") and found["height"] > 900


def test_any_question_is_found_and_opened_without_a_server(tmp_path: Path) -> None:
    use = """
      const page = (await load(1200)).contentDocument;
      const form = page.querySelector('#browser form'), told = form.querySelector('output');
      const listed = () => [...page.querySelectorAll('.found .query')].map((one) => one.textContent);
      const choose = (field, value) => {
        form.elements[field].value = value;
        form.dispatchEvent(new Event('input', {bubbles: true}));
        return [listed(), told.textContent];
      };
      const all = listed(), lost = choose('kind', 'lost'), missed = choose('kind', 'missed');
      choose('kind', 'all');
      const byWords = choose('words', 'ONE tied');
      choose('words', '');
      const first = page.querySelector('.found > details');
      first.open = true;
      await new Promise((done) => setTimeout(done, 100));
      return {all, lost, missed, byWords, scripts: page.querySelectorAll('.found script, .found img').length,
        columns: [...first.querySelectorAll('h4')].map((one) => one.textContent),
        marks: [...new Set([...first.querySelectorAll('mark')].map((one) => one.textContent))],
        right: first.querySelectorAll('li.right').length, items: first.querySelectorAll('li').length};
    """
    found = in_browser(full_page(), use, tmp_path)
    assert found["all"] == ["won " + HOSTILE, "lost alpha", "tied </script> one"]
    assert found["lost"] == [["lost alpha"], "1 of 3 questions"]
    assert found["missed"][0] == ["lost alpha"] and found["byWords"][0] == ["tied </script> one"]
    assert found["columns"] == [
        *(f"{name} · right passage at rank 7" for name in ("BM25", "Base", "In service")),
        "Tuned · right passage at rank 1",
    ]
    assert (found["marks"], found["right"], found["items"], found["scripts"]) == (["alpha"], 3, 30, 0)


AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_a_phone_and_on_a_desk(scheme: str, tmp_path: Path) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm ci")
    look = """
      const found = [];
      for (const width of [390, 1400]) {
        const frame = await load(width), page = frame.contentDocument;
        page.querySelector('.found > details').open = true;
        await new Promise((done) => setTimeout(done, 100));
        const {violations, passes} = await frame.contentWindow.axe.run(page);
        const dark = frame.contentWindow.matchMedia('(prefers-color-scheme: dark)').matches;
        const places = (nodes) => nodes.map(({html}) => html.slice(0, 160));
        found.push({dark, passes: passes.length,
          violations: violations.map(({id, impact, nodes}) => [impact, id, places(nodes)])});
      }
      return found;
    """
    page = re.sub(r"<meta http-equiv=[^>]*>", "", full_page())  # it would not let axe in
    page = page.replace("</head>", f"<script>{AXE.read_text(encoding='utf-8')}</script></head>")
    for found in in_browser(page, look, tmp_path, f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"):
        assert found["dark"] == (scheme == "dark") and found["passes"] > 20
        assert [one for one in found["violations"] if one[0] in ("serious", "critical")] == []


def test_what_was_set_aside_of_the_data_stands_on_the_page_and_nothing_where_nothing_was() -> None:
    entries = [{"reason": "rows repeat another", "count": 1234, "examples": [HOSTILE, "plain"]}]
    page = render(report() | {"setAside": entries})

    assert "What was set aside of the data" in page
    assert "1,234" in page and "rows repeat another" in page and "plain" in page
    assert HOSTILE not in page
    assert "What was set aside" not in render(report() | {"setAside": []})


def test_a_report_without_bm25_and_with_own_passages_says_so() -> None:
    found = report(warnings=["BM25 is left out: it finds nothing."])
    del found["summary"]["metrics"]["bm25"], found["summary"]["comparisons"]["candidate-bm25"]
    found["settings"]["ownPassages"] = 7
    page = render(found)

    assert "against BM25" not in page and "BM25 is left out: it finds nothing." in page
    assert "7 questions stand in the corpus themselves" in page
