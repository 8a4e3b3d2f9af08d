"""The one script of report.html: the browser of single questions. It writes text, never HTML, and asks no server."""

SCRIPT = r"""
(() => {
  const section = document.getElementById('browser');
  if (!section) return;
  const data = JSON.parse(document.getElementById('question-data').textContent);
  const { questions, passages, names, metric } = data;
  const form = section.querySelector('form'), list = section.querySelector('.found');
  const more = section.querySelector('.further'), told = section.querySelector('output');
  const PAGE = 25;
  const systems = Object.keys(names).filter((name) => name in questions[0].tops);
  const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

  const make = (tag, className, ...inside) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...inside);
    return element;
  };

  const wordsIn = (words) => {
    if (words.length === 0) return undefined;
    const escaped = (word) => word.replace(/[\\^$.*+?()[\]{}|\/-]/g, '\\$&');
    const whole = (word) =>
      UNSPACED.test(word) ? escaped(word) : '(?<![\\p{L}\\p{N}])' + escaped(word) + '(?![\\p{L}\\p{N}])';
    const longestFirst = [...words].sort((a, b) => b.length - a.length);
    return new RegExp('(' + longestFirst.map(whole).join('|') + ')', 'giu');
  };

  const marked = (text, pattern) =>
    pattern ? text.split(pattern).map((part, at) => (at % 2 ? make('mark', '', part) : part)) : [text];

  const rankOf = (rank) => (rank === null ? 'not in 100' : String(rank));
  const signed = (gain) => (gain > 0 ? '+' : gain < 0 ? '−' : '') + Math.abs(gain).toFixed(3);
  const kindOf = ({ gain }) => (gain > 1e-9 ? 'won' : gain < -1e-9 ? 'lost' : 'tied');

  const column = (question, system, pattern) => {
    const items = question.tops[system].map((place) => {
      const { id, title, text } = passages[place];
      const right = question.right.includes(place);
      const item = make('li', right ? 'right' : '');
      if (right) item.append(make('b', 'tag', '✓ right'), ' ');
      item.append(make('code', '', id), ' ');
      if (title) item.append(make('b', '', ...marked(title, pattern)), ' ');
      item.append(make('span', '', ...marked(text, pattern)));
      return item;
    });
    const head = make('h4', '', names[system] + ' · right passage at rank ' + rankOf(question.ranks[system]));
    const body = items.length > 0 ? make('ol', '', ...items) : make('p', 'soft', 'Found nothing.');
    return make('div', 'column', head, body);
  };

  const entry = (question) => {
    const kind = kindOf(question);
    const ranks = systems.map((name) => names[name] + ' ' + rankOf(question.ranks[name])).join(' · ');
    const summary = make('summary', '', make('span', 'query', question.query), ' ',
      make('span', 'gain ' + kind, kind + (kind === 'tied' ? '' : ' ' + metric + ' ' + signed(question.gain))), ' ',
      make('small', '', ranks));
    const details = make('details', 'card', summary);
    details.addEventListener('toggle', () => {
      if (!details.open || details.querySelector('.columns')) return;
      const pattern = wordsIn(question.words);
      details.append(make('div', 'columns', ...systems.map((name) => column(question, name, pattern))));
    });
    return details;
  };

  const textOf = (question) => {
    const places = new Set(Object.values(question.tops).flat().concat(question.right));
    const found = [...places].map((place) => Object.values(passages[place]).join(' '));
    return [question.id, question.query, ...found].join(' ').toLowerCase();
  };
  const texts = new Map();
  const holds = (question, words) => {
    if (!texts.has(question)) texts.set(question, textOf(question));
    return words.every((word) => texts.get(question).includes(word));
  };
  const isOf = (question, kind) => {
    if (kind === 'all') return true;
    if (kind === 'missed') return !(question.ranks.candidate <= 10 && question.ranks.candidate !== null);
    return kindOf(question) === kind;
  };

  let chosen = questions, shown = 0;
  const showMore = () => {
    list.append(...chosen.slice(shown, shown + PAGE).map(entry));
    shown = Math.min(chosen.length, shown + PAGE);
    more.hidden = shown >= chosen.length;
    told.textContent = chosen.length + ' of ' + questions.length + ' questions' +
      (shown < chosen.length ? ', the first ' + shown + ' are listed' : '');
  };
  const choose = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kind = form.elements.kind.value;
    chosen = questions.filter((question) => isOf(question, kind) && holds(question, words));
    shown = 0;
    list.replaceChildren();
    showMore();
  };
  form.addEventListener('input', choose);
  form.addEventListener('submit', (event) => event.preventDefault());
  more.addEventListener('click', () => {
    const before = shown;
    showMore();
    list.children[before]?.querySelector('summary').focus();
  });
  form.hidden = false;
  choose();
  const folded = () => document.querySelectorAll('main > section > details');
  addEventListener('beforeprint', () => folded().forEach((one) => (one.open = true)));
})();
"""
