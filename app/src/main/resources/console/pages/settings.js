// The settings of the running server: what holds, where it was said, what waits for a restart.
import { h, el, get, api, t, tx, useLoad, useState, attempt, toast } from '../core.js';
import { Badge, Button, Loaded, Page, Panel, Scroll } from '../ui.js';

export default function Settings() {
  const loaded = useLoad((signal) => get('/config', { signal }), []);
  const [text, setText] = useState('');
  const [own, setOwn] = useState(false);
  const reload = async () => {
    const report = await attempt(() => api('POST', '/config/reload', {}));
    if (!report) return;
    const lines = [...report.applied.map((each) => t('settings.now', each)), ...report.atRestart.map((each) => t('settings.later', each)), ...report.warnings];
    toast(lines.length ? lines.join(' ') : t('settings.same'));
    loaded.reload();
  };
  return h(Page, { title: t('nav.settings'), lead: t('settings.lead'), actions: h(Button, { icon: 'restore', kind: 'primary', onClick: reload }, t('settings.reload')) },
    h(Loaded, { of: loaded }, ({ settings, atRestart }) => {
      const waiting = Object.fromEntries(atRestart.map((each) => [each.key, each]));
      const shown = settings.filter((each) => each.key.includes(text.trim().toLowerCase()) && (!own || each.origin !== 'default'));
      return [atRestart.length > 0 && el.p({ class: 'note warn', role: 'status' }, t('settings.waiting', { n: atRestart.length })),
        h(Panel, null, el.div({ class: 'filters' },
          el.input({ type: 'search', value: text, placeholder: t('filter'), 'aria-label': t('filter'), onInput: (e) => setText(e.target.value) }),
          el.label({ class: 'tick' }, el.input({ type: 'checkbox', checked: own, onChange: (e) => setOwn(e.target.checked) }), el.span(null, t('settings.own')))),
        h(Scroll, null, el.table({ class: 'table folded settings' },
          el.thead(null, el.tr(null, ['setting', 'value', 'settings.origin', 'settings.takes'].map((key) => el.th({ scope: 'col' }, t(key))))),
          el.tbody(null, shown.map((each) => el.tr({ key: each.key },
            el.th({ scope: 'row' }, el.code(null, each.key.replace(/^varve\./, ''))),
            el.td({ class: 'wrap' }, each.text === '' ? el.span({ class: 'muted' }, '–') : el.code(null, each.text)),
            el.td({ class: 'wrap' }, each.origin === 'default' ? el.span({ class: 'muted' }, t('settings.default')) : each.origin),
            el.td(null, waiting[each.key] ? h(Badge, { kind: 'warn' }, tx('settings.was', { from: waiting[each.key].from || '–' })) : el.span({ class: 'muted' }, t(each.live ? 'settings.live' : 'settings.restart')))))))))];
    }));
}
