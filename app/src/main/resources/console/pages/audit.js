import { h, el, get, t, query, moment, useState, useEffect } from '../core.js';
import { Badge, Button, Empty, Page, Panel, Problem, Scroll } from '../ui.js';

export default function Audit() {
  const [log, setLog] = useState('administration');
  const [lines, setLines] = useState([]);
  const [next, setNext] = useState(0);
  const [error, setError] = useState(null);
  const [text, setText] = useState('');
  const load = async (skip) => {
    setError(null);
    try {
      const page = await get('/audit' + query({ log, skip, limit: 200 }));
      setLines((old) => (skip === 0 ? page.lines : [...old, ...page.lines]));
      setNext(page.next);
    } catch (failure) { setError(failure); }
  };
  useEffect(() => { setLines([]); load(0); }, [log]);
  const wanted = text.toLowerCase();
  const shown = wanted ? lines.filter((line) => [line.user, line.action, line.detail, line.address].join(' ').toLowerCase().includes(wanted)) : lines;
  return h(Page, { title: t('nav.audit'), lead: t('audit.lead'), actions: [
    el.input({ type: 'search', class: 'filter', placeholder: t('filter'), 'aria-label': t('filter'), value: text, onInput: (e) => setText(e.target.value) }),
    el.select({ 'aria-label': t('audit.which'), value: log, onChange: (e) => setLog(e.target.value) },
      ['administration', 'files'].map((each) => el.option({ value: each }, t('audit.' + each)))),
    h(Button, { icon: 'restore', label: t('again'), onClick: () => load(0) })] },
  h(Panel, null, error && h(Problem, { error, retry: () => load(0) }),
    shown.length === 0 && !error ? h(Empty, { icon: 'audit', title: t('audit.none') }) : h(Scroll, null, el.table({ class: 'table dense folded audit' },
      el.thead(null, el.tr(null, [t('when'), t('who'), t('fromWhere'), t('door'), t('what'), t('state')].map((each) => el.th({ scope: 'col' }, each)))),
      el.tbody(null, shown.map((line) => el.tr(null, el.td({ class: 'nowrap' }, moment(line.at, true)), el.td(null, line.user || el.span({ class: 'muted' }, t('nobody'))), el.td({ class: 'nowrap' }, line.address), el.td(null, line.door),
        el.td(null, el.code(null, decode(line.action)), line.detail && el.small({ class: 'muted block' }, line.detail)),
        el.td(null, h(Badge, { kind: line.status < 400 ? 'good' : line.status < 500 ? 'warn' : 'bad' }, line.status))))))),
    next > 0 && el.div({ class: 'pad' }, h(Button, { onClick: () => load(next) }, t('older')))));
}

function decode(text) { try { return decodeURIComponent(text); } catch { return text; } }
