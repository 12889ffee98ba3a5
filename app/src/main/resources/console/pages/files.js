// Files: a folder now, at a moment, what was deleted from it, or what a search found in it.
import { h, el, get, api, API, t, tx, query, bytes, moment, number, useLoad, useState, useEffect, useRef, useMemo, route, go, attempt, contentUrl, toast } from '../core.js';
import { Button, Confirm, Dialog, Empty, Field, Icon, LinkButton, Loaded, Menu, Page, Problem, useHeight } from '../ui.js';
import { upload, dropped } from '../uploads.js';
import { Details, ShareDialog } from './file-details.js';

const ROW = 44;
const BEYOND = 8;

const ICONS = [[/\.(png|jpe?g|gif|webp|avif|svg|bmp|ico)$/i, 'image'], [/\.(mp4|webm|mov|mkv|mp3|ogg|flac|wav|m4a)$/i, 'media'],
  [/\.(zip|tar|gz|xz|zst|7z|bz2|jar|rar)$/i, 'archive'], [/\.(txt|md|json|ya?ml|xml|html?|css|js|ts|java|py|c|h|cpp|rs|go|sh|csv|log|sql|toml|ini|conf)$/i, 'text']];
const iconOf = (entry) => (entry.folder ? 'folder' : (ICONS.find(([name]) => name.test(entry.name)) || [, 'file'])[1]);

export default function Files({ where }) {
  const { at, trash, find, file } = where.query;
  const path = where.rest && !where.rest.endsWith('/') ? where.rest + '/' : where.rest;
  if (!path) return h(BucketList, { at });
  return h(Folder, { key: path + '|' + (at || '') + '|' + (trash || '') + '|' + (find || ''), path, at, trash: trash === '1', find, file });
}

function BucketList({ at }) {
  const loaded = useLoad(async (signal) => (at
    ? (await get('/at' + query({ moment: at }), { signal })).entries.map((each) => ({ name: each.name.replace(/\/$/, '') }))
    : get('/buckets', { signal })), [at]);
  return h(Page, { title: t('nav.files'), actions: h(MomentPicker, { at, path: '' }) },
    at && h(PastBanner, { at, path: '' }),
    h(Loaded, { of: loaded }, (buckets) => (buckets.length === 0
      ? h(Empty, { icon: 'bucket', title: t('buckets.none'), action: !at && h(LinkButton, { kind: 'primary', icon: 'plus', href: route('buckets', '', { make: '1' }) }, t('bucket.make')) }, at ? t('past.none') : t('buckets.noneText'))
      : el.ul({ class: 'cards' }, buckets.map((bucket) => el.li(null, el.a({ class: 'card', href: route('files', bucket.name + '/', { at }) },
        h(Icon, { name: 'bucket', size: 24 }), el.strong(null, bucket.name),
        bucket.bytes !== undefined && el.span({ class: 'muted' }, t('filesBytes', { n: number(bucket.files), size: bytes(bucket.bytes) })))))))));
}

/** Pages of a folder, put together as far as somebody scrolled. */
function useEntries({ path, at, trash, find }) {
  const [list, setList] = useState({ entries: [], next: '', loading: false, visited: 0 });
  const [turn, again] = useState(0);
  const control = useRef(null);
  const latest = useRef(list);
  latest.current = list;

  const put = (change) => { latest.current = { ...latest.current, ...change }; setList(latest.current); };
  const more = async () => {
    const now = latest.current;
    if (now.loading || now.next === null) return;
    put({ loading: true, error: undefined });
    const { signal } = control.current;
    try {
      if (find) await search(now, signal, put, latest, path, find);
      else {
        const page = await get((trash ? '/files/deleted' : '/files/list') + query({ path, ...(at ? { at } : {}), after: now.next }), { signal });
        put({ entries: [...now.entries, ...page.entries], next: page.next, loading: false });
      }
    } catch (error) {
      if (!signal.aborted) put({ loading: false, error });
    }
  };
  useEffect(() => {
    control.current = new AbortController();
    latest.current = { entries: [], next: '', loading: false, visited: 0, first: true };
    more();
    return () => control.current.abort();
  }, [turn]);
  return { ...list, more, reload: () => again((n) => n + 1), stop: () => { control.current.abort(); put({ loading: false, next: null, stopped: true }); } };
}

const FOUND_MAX = 1000;

/** The server looks at some thousand names at a time; asking on is up to us. */
async function search(now, signal, put, latest, path, find) {
  let after = now.next;
  do {
    const found = await get('/search' + query({ path, name: find, after }), { signal });
    const entries = found.matches.map((each) => ({ ...each, name: each.path.slice(path.length), folder: false, path: each.path }));
    after = found.next;
    put({ entries: [...latest.current.entries, ...entries], visited: latest.current.visited + found.visited });
  } while (after && latest.current.entries.length < FOUND_MAX);
  put({ next: after, loading: false });
}

function Folder({ path, at, trash, find, file }) {
  const list = useEntries({ path, at, trash, find });
  const [sort, setSort] = useState({ by: 'name', down: false });
  const [chosen, setChosen] = useState(new Set());
  const [ask, setAsk] = useState(null);
  const [over, setOver] = useState(false);
  const bucket = path.slice(0, path.indexOf('/'));
  const rights = useLoad((signal) => get('/buckets/' + encodeURIComponent(bucket), { signal }), [bucket]);
  const editable = !at && !trash && !find && rights.data?.rights.includes('write');
  const complete = list.next === null;
  const entries = useMemo(() => (complete ? sorted(list.entries, sort) : list.entries), [list.entries, sort, complete]);
  const selected = file !== undefined ? entries.find((each) => each.name === file) : undefined;

  useEffect(() => {
    addEventListener('varve-changed', list.reload);
    return () => removeEventListener('varve-changed', list.reload);
  }, []);

  const pathOf = (entry) => entry.path || path + entry.name;
  const show = (entry) => (entry.folder ? go('files', pathOf(entry), { at }) : go('files', path, { at, trash: trash ? '1' : '', find, file: entry.name }));
  const changed = async (action, done) => { await attempt(action, done); setChosen(new Set()); list.reload(); };
  const targets = () => entries.filter((each) => chosen.has(each.name));

  const drop = async (e) => {
    e.preventDefault();
    setOver(false);
    // As long as nobody knows the rights, the server says what it will not take.
    if (at || trash || find || (rights.data && !editable)) { toast(t('readOnly'), 'bad'); return; }
    const files = await dropped(e.dataTransfer);
    if (files.length) upload(path, files);
  };
  const restore = (entry) => changed(() => api('POST', '/restore', trash ? { path: path + entry.name, at: entry.at } : { path: path + entry.name, at }), t('restored', { name: entry.name }));
  const operations = { path, at, trash, find, editable, pathOf, show, ask: setAsk, restore };

  return h(Page, {
    wide: true, title: path.split('/').at(-2),
    actions: h(Actions, { path, at, trash, find, editable, ask: setAsk }),
  },
  h(Crumbs, { path, at }),
  at && h(PastBanner, { at, path }),
  trash && el.p({ class: 'note' }, t('trash.text'), ' ', el.a({ href: route('files', path) }, t('trash.back'))),
  find && h(FindBanner, { path, find, list }),
  chosen.size > 0 && h(Chosen, { chosen, clear: () => setChosen(new Set()), editable, trash, at,
    remove: () => setAsk({ kind: 'delete', entries: targets() }), restore: () => changed(async () => { for (const each of targets()) await api('POST', '/restore', { path: path + each.name, at: each.at || at }); }, t('restoredAll', { n: chosen.size })) }),
  el.div({ class: 'browser' + (selected ? ' split' : ''), onDragOver: (e) => { e.preventDefault(); if (!over) setOver(true); }, onDragLeave: (e) => { if (!e.currentTarget.contains(e.relatedTarget)) setOver(false); }, onDrop: drop },
    h(EntryTable, { list, entries, complete, sort, setSort, chosen, setChosen, operations, selected }),
    over && el.div({ class: 'drop-here' }, h(Icon, { name: 'upload', size: 32 }), el.strong(null, editable ? t('dropHere', { name: path }) : t('readOnly'))),
    selected && h(Details, { key: pathOf(selected), entry: selected, path: pathOf(selected), at, trash, editable: rights.data?.rights.includes('write'), onClose: () => go('files', path, { at, trash: trash ? '1' : '', find }), changed: list.reload, share: () => setAsk({ kind: 'share', entry: selected }) })),
  h(Asked, { ask, path, pathOf, close: () => setAsk(null), changed }));
}

function sorted(entries, sort) {
  const by = { name: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }), size: (a, b) => a.size - b.size, modified: (a, b) => new Date(a.modified || a.deleted) - new Date(b.modified || b.deleted) }[sort.by];
  return [...entries].sort((a, b) => (a.folder !== b.folder ? (a.folder ? -1 : 1) : (sort.down ? -1 : 1) * by(a, b)));
}

function Crumbs({ path, at }) {
  const names = path.split('/').filter(Boolean);
  return el.nav({ class: 'crumbs', 'aria-label': t('place') }, el.ol(null,
    el.li(null, el.a({ href: route('files', '', { at }) }, t('nav.files'))),
    names.map((name, i) => el.li(null, h(Icon, { name: 'right', size: 14 }), i === names.length - 1 ? el.span({ 'aria-current': 'page' }, name)
      : el.a({ href: route('files', names.slice(0, i + 1).join('/') + '/', { at }) }, name)))));
}

function Actions({ path, at, trash, find, editable, ask }) {
  const files = useRef(null);
  const folder = useRef(null);
  const [text, setText] = useState(find || '');
  const pick = (e) => {
    const chosen = [...e.target.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
    e.target.value = '';
    if (chosen.length) upload(path, chosen);
  };
  return [
    !at && !trash && el.form({ class: 'find', role: 'search', onSubmit: (e) => { e.preventDefault(); go('files', path, { find: text.trim() }); } },
      h(Icon, { name: 'search' }), el.input({ type: 'search', value: text, onInput: (e) => setText(e.target.value), placeholder: t('find'), 'aria-label': t('findIn', { name: path }), title: t('findHint') })),
    h(MomentPicker, { at, path }),
    !at && h(LinkButton, { icon: 'trash', href: route('files', path, { trash: trash ? '' : '1' }), label: t('trash'), 'aria-current': trash ? 'true' : undefined }),
    !trash && !find && h(LinkButton, { icon: 'archive', href: API + '/archive' + query({ path, ...(at ? { at } : {}) }), download: path.split('/').at(-2) + '.zip', label: t('zip') }),
    editable && h(Button, { icon: 'plus', onClick: () => ask({ kind: 'folder' }) }, t('newFolder')),
    editable && el.input({ ref: files, type: 'file', multiple: true, hidden: true, onChange: pick, 'data-test': 'files' }),
    editable && el.input({ ref: folder, type: 'file', webkitdirectory: true, hidden: true, onChange: pick, 'data-test': 'folder' }),
    editable && h(Button, { icon: 'folderup', label: t('uploadFolder'), onClick: () => folder.current.click() }),
    editable && h(Button, { icon: 'upload', kind: 'primary', onClick: () => files.current.click() }, t('upload')),
  ];
}

function MomentPicker({ at, path }) {
  const [open, setOpen] = useState(false);
  const [picked, setPicked] = useState('');
  const local = (date) => new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  const look = (date) => { setOpen(false); go('files', path, { at: date.toISOString().slice(0, 19).replaceAll(':', '') + 'Z' }); };
  const back = (hours) => look(new Date(Date.now() - hours * 3600000));
  return [h(Button, { icon: 'clock', onClick: () => { setPicked(local(at ? parseAt(at) : new Date(Date.now() - 86400000))); setOpen(true); }, 'aria-pressed': at ? 'true' : undefined }, t('past')),
    open && h(Dialog, { title: t('past.title'), onClose: () => setOpen(false), onSubmit: () => picked && look(new Date(picked)),
      actions: [h(Button, { onClick: () => setOpen(false) }, t('cancel')), h(Button, { kind: 'primary', type: 'submit' }, t('past.show'))] },
    el.p({ class: 'muted' }, t('past.text')),
    el.div({ class: 'chips' }, [[1, 'past.hour'], [24, 'past.day'], [168, 'past.week']].map(([hours, key]) => h(Button, { onClick: () => back(hours) }, t(key)))),
    h(Field, { label: t('past.moment') }, el.input({ type: 'datetime-local', max: local(new Date()), value: picked, onInput: (e) => setPicked(e.target.value) })))];
}

/** 2026-11-20T100000Z as browsers read it. */
export function parseAt(at) {
  return new Date(at.replace(/T(\d\d):?(\d\d):?(\d\d)/, 'T$1:$2:$3'));
}

function PastBanner({ at, path }) {
  return el.p({ class: 'note past', role: 'status' }, h(Icon, { name: 'clock' }), el.span(null, tx('past.banner', { moment: el.strong(null, moment(parseAt(at), true)) }), ' ', el.a({ href: route('files', path) }, t('past.back'))));
}

function FindBanner({ path, find, list }) {
  return el.p({ class: 'note', role: 'status' }, list.loading && el.span({ class: 'spinner' }),
    el.span(null, t(list.loading ? 'find.running' : list.stopped ? 'find.stopped' : list.next ? 'find.part' : 'find.done', { name: find, n: number(list.entries.length), visited: number(list.visited) }), ' ',
      list.loading ? h(Button, { icon: 'stop', onClick: list.stop }, t('stop')) : el.a({ href: route('files', path) }, t('find.back'))));
}

function Chosen({ chosen, clear, editable, trash, at, remove, restore }) {
  return el.div({ class: 'chosen', role: 'status' }, el.strong(null, t('chosen', { n: chosen.size })),
    (trash || at) && h(Button, { icon: 'restore', onClick: restore }, t('restore')),
    editable && h(Button, { icon: 'trash', kind: 'danger', onClick: remove }, t('delete')),
    h(Button, { icon: 'close', kind: 'quiet', label: t('chooseNone'), onClick: clear }));
}

function EntryTable({ list, entries, complete, sort, setSort, chosen, setChosen, operations, selected }) {
  const box = useRef(null);
  const height = useHeight(box);
  const [top, setTop] = useState(0);
  const [focus, setFocus] = useState(0);
  const { path, at, trash, find, editable, pathOf, show, ask, restore } = operations;
  const begin = Math.max(0, Math.floor(top / ROW) - BEYOND);
  const end = Math.min(entries.length, Math.ceil((top + height) / ROW) + BEYOND);

  useEffect(() => { if (end >= entries.length - BEYOND * 4 && list.next && !list.loading && !list.error && !find) list.more(); }, [end, entries.length, list.next]);

  const moveTo = (index) => {
    const to = Math.max(0, Math.min(entries.length - 1, index));
    setFocus(to);
    const view = box.current;
    if (to * ROW < view.scrollTop) view.scrollTop = to * ROW;
    if ((to + 1) * ROW > view.scrollTop + view.clientHeight) view.scrollTop = (to + 1) * ROW - view.clientHeight;
    setTimeout(() => view.querySelector(`[data-index="${to}"] .entry-name a`)?.focus(), 30);
  };
  const toggle = (name) => setChosen((old) => { const now = new Set(old); if (!now.delete(name)) now.add(name); return now; });
  const keys = (e) => {
    const entry = entries[focus];
    if (!entry || e.target.tagName === 'INPUT') return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12, Home: -entries.length, End: entries.length }[e.key];
    if (step) { e.preventDefault(); moveTo(focus + step); }
    else if (e.key === ' ') { e.preventDefault(); toggle(entry.name); }
    else if (e.key === 'F2' && editable) { e.preventDefault(); ask({ kind: 'rename', entry }); }
    else if (e.key === 'Delete' && editable) { e.preventDefault(); ask({ kind: 'delete', entries: chosen.size ? entries.filter((each) => chosen.has(each.name)) : [entry] }); }
  };
  const Sort = (by, label, extra) => el.div({ role: 'columnheader', class: 'cell ' + by, 'aria-sort': complete && sort.by === by ? (sort.down ? 'descending' : 'ascending') : undefined },
    complete ? el.button({ type: 'button', onClick: () => setSort({ by, down: sort.by === by && !sort.down }) }, label, sort.by === by && h(Icon, { name: 'down', size: 12 })) : label, extra);

  const itemsOf = (entry) => [
    !entry.folder && { icon: 'file', label: t('open'), run: () => show(entry) },
    !entry.folder && !trash && { icon: 'download', label: t('download'), run: () => download(pathOf(entry), at) },
    (at || trash) && { icon: 'restore', label: t('restore'), run: () => restore(entry) },
    !entry.folder && !at && !trash && { icon: 'link', label: t('share'), run: () => ask({ kind: 'share', entry }) },
    editable && { icon: 'edit', label: t('rename'), run: () => ask({ kind: 'rename', entry }) },
    editable && { icon: 'move', label: t('moveTo'), run: () => ask({ kind: 'move', entry }) },
    editable && { icon: 'copy', label: t('copyTo'), run: () => ask({ kind: 'copy', entry }) },
    editable && { icon: 'trash', label: t('delete'), danger: true, run: () => ask({ kind: 'delete', entries: [entry] }) },
  ];
  const all = entries.length > 0 && chosen.size === entries.length;
  if (list.error && !entries.length) return h(Problem, { error: list.error, retry: list.reload });
  return el.div({ class: 'entries', role: 'table', 'aria-label': t('filesIn', { name: path }), 'aria-rowcount': complete ? entries.length + 1 : -1, onKeyDown: keys },
    el.div({ role: 'row', class: 'entries-head', 'aria-rowindex': 1 },
      el.div({ role: 'columnheader', class: 'cell check' }, find ? el.span({ class: 'sr' }, t('chosen', { n: 0 })) : el.input({ type: 'checkbox', checked: all, 'aria-label': t('chooseAll'), onChange: () => setChosen(new Set(all ? [] : entries.map((each) => each.name))) })),
      Sort('name', t('name')), Sort('size', t('size')), Sort('modified', trash ? t('deleted') : t('modified')), el.div({ role: 'columnheader', class: 'cell more' }, el.span({ class: 'sr' }, t('actions')))),
    el.div({ class: 'entries-body', role: 'rowgroup', ref: box, onScroll: (e) => setTop(e.target.scrollTop) },
      el.div({ class: 'entries-space', role: 'presentation', style: { height: entries.length * ROW + 'px' } },
        entries.slice(begin, end).map((entry, i) => {
          const index = begin + i;
          const name = entry.name.replace(/\/$/, '');
          const href = entry.folder ? route('files', pathOf(entry), { at }) : route('files', path, { at, trash: trash ? '1' : '', find, file: entry.name });
          return el.div({ role: 'row', key: entry.name, 'data-index': index, 'aria-rowindex': index + 2, class: 'entry' + (selected === entry ? ' current' : '') + (chosen.has(entry.name) ? ' marked' : ''), style: { transform: `translateY(${index * ROW}px)` } },
            el.div({ role: 'cell', class: 'cell check' }, !find && el.input({ type: 'checkbox', tabIndex: -1, checked: chosen.has(entry.name), 'aria-label': t('choose', { name }), onChange: () => toggle(entry.name) })),
            el.div({ role: 'cell', class: 'cell name entry-name' }, h(Icon, { name: iconOf(entry) }), trash && entry.folder ? el.span(null, name)
              : el.a({ href, tabIndex: index === focus ? 0 : -1, onFocus: () => setFocus(index) }, name)),
            el.div({ role: 'cell', class: 'cell size num' }, entry.folder ? '' : bytes(entry.size)),
            el.div({ role: 'cell', class: 'cell modified' }, entry.folder && !trash ? '' : moment(entry.deleted || entry.modified)),
            el.div({ role: 'cell', class: 'cell more' }, itemsOf(entry).some(Boolean) && h(Menu, { label: t('actionsOf', { name }), items: itemsOf(entry) })));
        })),
      list.loading && !find && el.div({ class: 'loading', role: 'status' }, el.span({ class: 'spinner' }), t('loading')),
      list.error && h(Problem, { error: list.error, retry: list.more }),
      !list.loading && entries.length === 0 && complete && (trash ? h(Empty, { icon: 'trash', title: t('trash.empty') }, t('trash.emptyText'))
        : find ? h(Empty, { icon: 'search', title: t('find.none') }, t('find.noneText'))
          : h(Empty, { icon: 'upload', title: t('folder.empty') }, editable ? t('folder.emptyText') : null))));
}

export function download(path, at) {
  const link = document.createElement('a');
  link.href = contentUrl(path, at);
  link.download = path.slice(path.lastIndexOf('/') + 1);
  document.body.append(link);
  link.click();
  link.remove();
}

/** The dialog that was asked for. */
function Asked({ ask, path, pathOf, close, changed }) {
  if (!ask) return null;
  const { kind, entry } = ask;
  if (kind === 'share') return h(ShareDialog, { path: pathOf(entry), onClose: close });
  if (kind === 'delete') {
    const { entries } = ask;
    const first = entries[0]?.name.replace(/\/$/, '');
    return h(Confirm, { title: t('delete'), danger: true, yes: t('delete'), onClose: close, text: entries.length === 1 ? t('delete.one', { name: first }) : t('delete.many', { n: entries.length }),
      onYes: () => changed(async () => { for (const each of entries) await api('DELETE', '/files' + query({ path: pathOf(each) })); }, t('deletedN', { n: entries.length })) });
  }
  if (kind === 'folder') {
    return h(NameDialog, { title: t('newFolder'), label: t('name'), value: '', yes: t('make'), close, run: (name) => changed(() => api('POST', '/files/folder', { path: path + name + '/' }), t('made', { name })) });
  }
  const whole = kind !== 'rename';
  const name = entry.name.replace(/\/$/, '');
  const slash = entry.folder ? '/' : '';
  return h(NameDialog, { title: t({ rename: 'rename', move: 'moveTo', copy: 'copyTo' }[kind]), label: whole ? t('newPath') : t('name'), hint: whole ? t('newPathHint') : undefined, value: whole ? path + name : name, yes: t({ rename: 'rename', move: 'move', copy: 'copy' }[kind]), close,
    run: (text) => changed(() => api('POST', kind === 'copy' ? '/files/copy' : '/files/move', { from: pathOf(entry), to: (whole ? text.replace(/\/+$/, '') : path + text) + slash }), t(kind === 'copy' ? 'copiedTo' : 'movedTo', { name: text })) });
}

function NameDialog({ title, label, hint, value, yes, close, run }) {
  const [text, setText] = useState(value);
  const wrong = !hint && text.includes('/') ? t('noSlash') : null;
  const submit = async () => { if (text.trim() && !wrong) { close(); await run(text.trim()); } };
  return h(Dialog, { title, onClose: close, onSubmit: submit, actions: [h(Button, { onClick: close }, t('cancel')), h(Button, { kind: 'primary', type: 'submit', disabled: !text.trim() || !!wrong }, yes)] },
    h(Field, { label, hint, error: wrong }, el.input({ value: text, autofocus: true, spellcheck: false, onInput: (e) => setText(e.target.value) })));
}
