// The disk cache of decoded chunks: what it does, and how much of each file it has.
import { h, el, get, api, t, query, bytes, number, percent, useLoad, useState, useEffect, route, go, attempt } from '../core.js';
import { Badge, Button, Confirm, Empty, Icon, Loaded, Menu, Meter, Page, Panel, Scroll } from '../ui.js';

const EVERY = 5000;

export default function Cache({ where }) {
  const stats = useLoad((signal) => get('/cache/stats', { signal }), [], EVERY);
  const [ask, setAsk] = useState(null);
  const clear = () => attempt(() => api('DELETE', '/cache/evict'), t('cache.cleared')).then(stats.reload);
  return h(Page, { title: t('nav.cache'), lead: t('cache.lead'), actions: stats.data && h(Button, { icon: 'trash', onClick: () => setAsk('clear') }, t('cache.clear')) },
    h(Loaded, { of: stats }, (data) => h(Figures, { data })),
    h(FileMap, { path: where.rest && !where.rest.endsWith('/') ? where.rest + '/' : where.rest, changed: stats.reload }),
    ask === 'clear' && h(Confirm, { title: t('cache.clear'), text: t('cache.clearText'), yes: t('cache.clear'), danger: true, onClose: () => setAsk(null), onYes: clear }));
}

function Figures({ data }) {
  const { contents } = data;
  const asked = data.hits + data.misses;
  const used = contents.bytes ? contents.usedBytes / contents.bytes : 0;
  return [data.trouble && el.p({ class: 'note warn', role: 'alert' }, data.trouble),
    el.div({ class: 'figures' },
      el.div({ class: 'figure' }, el.span({ class: 'figure-label' }, t('cache.used')), el.strong(null, bytes(contents.usedBytes)), el.small({ class: 'muted' }, t('ofBytes', { n: bytes(contents.bytes) })), h(Meter, { value: used, label: percent(used) })),
      el.div({ class: 'figure' }, el.span({ class: 'figure-label' }, t('cache.entries')), el.strong(null, number(contents.entries)), el.small({ class: 'muted' }, t('cache.pinnedBytes', { n: bytes(data.pinnedBytes) }))),
      el.div({ class: 'figure' }, el.span({ class: 'figure-label' }, t('cache.hits')), el.strong(null, asked ? percent(data.hits / asked) : '–'), el.small({ class: 'muted' }, t('cache.asked', { n: number(asked) }))),
      el.div({ class: 'figure' }, el.span({ class: 'figure-label' }, t('cache.served')), el.strong(null, bytes(data.bytesServed)), el.small({ class: 'muted' }, t('cache.times', { median: micros(data.get.p50Micros), slow: micros(data.get.p99Micros) }))))];
}

const micros = (count) => (count >= 1000 ? number(Math.round(count / 100) / 10) + ' ms' : number(count) + ' µs');

function FileMap({ path, changed }) {
  const buckets = useLoad((signal) => get('/buckets', { signal }), []);
  return h(Panel, { title: t('cache.map') },
    el.p({ class: 'muted pad' }, t('cache.mapText')),
    path ? h(Folder, { key: path, path, changed }) : h(Loaded, { of: buckets }, (all) => (all.length === 0 ? h(Empty, { icon: 'bucket', title: t('buckets.none') })
      : el.ul({ class: 'plain-list' }, all.map((each) => el.li(null, el.a({ class: 'with-icon', href: route('cache', each.name + '/') }, h(Icon, { name: 'bucket', size: 16 }), each.name)))))));
}

const stateOf = (file) => (file.chunks === null ? 'unknown' : file.cached === 0 ? 'cold' : file.pinned > 0 && file.pinned === file.cached ? 'pinned' : file.cached < file.chunks ? 'partial' : 'cached');
const KIND = { cached: 'good', partial: 'info', pinned: 'warn', cold: '', unknown: '' };

function Folder({ path, changed }) {
  const [after, setAfter] = useState('');
  const loaded = useLoad((signal) => get('/cache/files' + query({ path, after }), { signal }), [path, after]);
  useEffect(() => setAfter(''), [path]);
  const act = (action, done) => attempt(action, done).then(() => { loaded.reload(); changed(); });
  const names = path.split('/').filter(Boolean);
  return h(Loaded, { of: loaded }, ({ files, next }) => [
    el.nav({ class: 'crumbs pad-x', 'aria-label': t('place') }, el.ol(null, el.li(null, el.a({ href: route('cache') }, t('nav.buckets'))),
      names.map((name, i) => el.li(null, h(Icon, { name: 'right', size: 14 }), i === names.length - 1 ? el.span({ 'aria-current': 'page' }, name)
        : el.a({ href: route('cache', names.slice(0, i + 1).join('/') + '/') }, name))))),
    files.length === 0 ? h(Empty, { icon: 'folder', title: t('folder.empty') }) : h(Scroll, null, el.table({ class: 'table narrow-4' },
      el.thead(null, el.tr(null, el.th({ scope: 'col' }, t('name')), el.th({ scope: 'col', class: 'num' }, t('size')), el.th({ scope: 'col' }, t('state')), el.th({ scope: 'col' }, t('cache.chunks')), el.th({ scope: 'col' }, el.span({ class: 'sr' }, t('actions'))))),
      el.tbody(null, files.map((file) => h(Row, { key: file.name, file, path, act }))))),
    el.div({ class: 'actions pad' }, after && h(Button, { onClick: () => setAfter('') }, t('cache.first')), next && h(Button, { onClick: () => setAfter(next) }, t('cache.more')))]);
}

function Row({ file, path, act }) {
  const folder = file.name.endsWith('/');
  const order = { path: path + file.name };
  if (folder) {
    return el.tr(null, el.th({ scope: 'row' }, el.a({ class: 'with-icon', href: route('cache', path + file.name) }, h(Icon, { name: 'folder', size: 16 }), file.name.slice(0, -1))), el.td(null), el.td(null), el.td(null), el.td(null));
  }
  const state = stateOf(file);
  return el.tr(null, el.th({ scope: 'row' }, file.name), el.td({ class: 'num' }, bytes(file.size)),
    el.td(null, h(Badge, { kind: KIND[state] }, t('cache.state.' + state))),
    el.td({ class: 'wide-cell' }, file.chunks !== null && [el.small({ class: 'muted' }, number(file.cached) + ' / ' + number(file.chunks)), h(Meter, { value: file.chunks ? file.cached / file.chunks : 0, label: number(file.cached) + ' / ' + number(file.chunks) })]),
    el.td({ class: 'end' }, h(Menu, { label: t('actionsOf', { name: file.name }), items: [
      { icon: 'download', label: t('cache.prefetch'), run: () => act(() => api('POST', '/cache/prefetch', order), t('cache.prefetched', { name: file.name })) },
      file.cached > file.pinned && { icon: 'lock', label: t('cache.pin'), run: () => act(() => api('POST', '/cache/pin', { ...order, pinned: true }), t('saved')) },
      file.pinned > 0 && { icon: 'lock', label: t('cache.unpin'), run: () => act(() => api('POST', '/cache/pin', { ...order, pinned: false }), t('saved')) },
      file.cached > 0 && { icon: 'trash', label: t('cache.evict'), run: () => act(() => api('DELETE', '/cache/evict' + query({ path: path + file.name })), t('saved')) },
      { icon: 'files', label: t('open'), run: () => go('files', path, { file: file.name }) },
    ] })));
}
