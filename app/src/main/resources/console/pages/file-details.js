// One file: what it looks like, its versions in time, and links that share it.
import { h, el, get, api, t, query, bytes, moment, ago, useLoad, useState, attempt, contentUrl, copyText, encodePath, API } from '../core.js';
import { Badge, Button, Dialog, Field, Icon, LinkButton, Loaded } from '../ui.js';

const TEXT_BYTES_MAX = 64 * 1024;
const IMAGE = /\.(png|jpe?g|gif|webp|avif|bmp|ico|svg)$/i;
const MEDIA = /\.(mp4|webm|mp3|ogg|flac|wav|m4a)$/i;
const IMAGE_BYTES_MAX = 64 << 20;

/** The address of a version: its moment to the microsecond and the file's name. */
function versionUrl(path, from) {
  const [date, time] = from.replace('Z', '').split('T');
  const [clock, fraction = ''] = time.split('.');
  const stamp = date + 'T' + clock.replaceAll(':', '') + '.' + (fraction + '000000').slice(0, 6) + 'Z';
  return API + '/content/.versions/' + encodePath(path) + '/' + stamp + '-' + encodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
}

export function Details({ entry, path, at, trash, editable, onClose, changed, share }) {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const [shown, setShown] = useState(null);
  const versions = useLoad((signal) => get('/history' + query({ path, limit: 200 }), { signal }), [path]);
  const restore = (version) => attempt(() => api('POST', '/restore', { path, at: version.from }), t('restored', { name })).then(() => { versions.reload(); changed(); });
  const gone = trash && versions.data?.versions[0];
  // What is shown changes with the current version, also where the address stays.
  const newest = versions.data?.versions[0]?.from || '';
  const url = shown ? versionUrl(path, shown.from) : gone ? versionUrl(path, gone.from) : contentUrl(path, at);
  return el.aside({ class: 'details', 'aria-label': name },
    el.header(null, el.h2(null, name), h(Button, { icon: 'close', kind: 'quiet', label: t('close'), onClick: onClose })),
    (!trash || gone) && h(Preview, { key: url + newest, url: url + '?v=' + encodeURIComponent(newest), name, size: shown ? shown.size : entry.size }),
    el.div({ class: 'actions' }, h(LinkButton, { icon: 'download', href: url, download: name }, t('download')),
      !at && !trash && h(Button, { icon: 'link', onClick: share }, t('share'))),
    el.dl({ class: 'facts' }, [[t('size'), bytes(shown ? shown.size : entry.size)], [t('modified'), moment(shown ? shown.modified : entry.modified || entry.deleted, true)], [t('path'), path]]
      .map(([key, value]) => el.div(null, el.dt(null, key), el.dd(null, value)))),
    el.h3(null, t('versions')),
    h(Loaded, { of: versions }, (data) => h(Timeline, { versions: data.versions, shown, setShown, restore, editable: editable && !at })));
}

function Timeline({ versions, shown, setShown, restore, editable }) {
  return el.ol({ class: 'timeline' }, versions.map((version, i) => {
    const current = version.fate === 'current';
    const before = versions[i + 1];
    const grown = before ? version.size - before.size : 0;
    return el.li({ class: (current ? 'now ' : '') + (shown === version ? 'shown' : ''), key: version.from },
      el.div({ class: 'timeline-text' }, el.strong(null, moment(version.from, true)), ' ', current ? h(Badge, { kind: 'good' }, t('fate.current')) : h(Badge, null, t('fate.' + version.fate)),
        el.small({ class: 'muted' }, ago(version.from) + ' · ' + bytes(version.size) + (grown ? ' (' + (grown > 0 ? '+' : '−') + bytes(Math.abs(grown)) + ')' : ''))),
      el.div({ class: 'timeline-actions' },
        h(Button, { icon: 'file', kind: 'quiet', label: t('version.show', { moment: moment(version.from, true) }), 'aria-pressed': shown === version ? 'true' : 'false', onClick: () => setShown(shown === version ? null : version) }),
        !current && editable && h(Button, { icon: 'restore', kind: 'quiet', label: t('version.restore', { moment: moment(version.from, true) }), onClick: () => restore(version) })));
  }));
}

function Preview({ url, name, size }) {
  if (IMAGE.test(name) && size <= IMAGE_BYTES_MAX) return h(Picture, { url, name });
  if (MEDIA.test(name)) return el.video({ class: 'preview-media', src: url, controls: true, preload: 'metadata', 'aria-label': name });
  return h(TextPreview, { url, size });
}

function Picture({ url, name }) {
  const [failed, setFailed] = useState(false);
  return failed ? el.p({ class: 'muted preview-none' }, t('preview.none')) : el.img({ class: 'preview-picture', src: url, alt: name, loading: 'lazy', onError: () => setFailed(true) });
}

/** The first bytes, if they are text: UTF-8 without a zero byte. */
function TextPreview({ url, size }) {
  const loaded = useLoad(async (signal) => {
    if (!size) return '';
    const answer = await fetch(url, { signal, headers: { Range: 'bytes=0-' + (TEXT_BYTES_MAX - 1), 'X-Varve-Console': '1' } });
    if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.detail || t('failed', { status: answer.status }));
    const raw = new Uint8Array(await answer.arrayBuffer());
    if (raw.includes(0)) return null;
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(raw.length < size ? raw.subarray(0, lastWhole(raw)) : raw);
    } catch { return null; }
  }, [url]);
  return h(Loaded, { of: loaded }, (text) => (text === null ? el.p({ class: 'muted preview-none' }, t('preview.none'))
    : text === '' ? el.p({ class: 'muted preview-none' }, t('preview.empty'))
      : el.pre({ class: 'preview-text', tabIndex: 0, role: 'region', 'aria-label': t('preview') }, text, size > TEXT_BYTES_MAX && el.span({ class: 'muted' }, '\n' + t('preview.cut', { n: bytes(TEXT_BYTES_MAX) })))));
}

/** Where the last whole character of cut UTF-8 ends. */
function lastWhole(raw) {
  let end = raw.length;
  while (end > raw.length - 4 && (raw[end - 1] & 0xc0) === 0x80) end--;
  return end - 1;
}

const LIVES = [[1, 'life.hour'], [24, 'life.day'], [168, 'life.week'], [720, 'life.month'], [8760, 'life.year']];

export function ShareDialog({ path, onClose }) {
  const [hours, setHours] = useState('168');
  const [made, setMade] = useState(null);
  const create = async () => {
    if (made) { onClose(); return; }
    const share = await attempt(() => api('POST', '/shares', { path, hours: Number(hours) }));
    if (share) setMade(share);
  };
  const address = made && location.origin + made.address;
  return h(Dialog, { title: t('share.title'), onClose, onSubmit: create,
    actions: made ? [h(Button, { kind: 'primary', type: 'submit' }, t('close'))] : [h(Button, { onClick: onClose }, t('cancel')), h(Button, { kind: 'primary', type: 'submit', icon: 'link' }, t('share.make'))] },
  el.p(null, el.strong({ class: 'path' }, path)),
  made ? [el.p({ class: 'muted' }, t('share.made', { moment: moment(made.expires) })),
    el.div({ class: 'copy-line' }, el.input({ readOnly: true, value: address, 'aria-label': t('share.address'), onFocus: (e) => e.target.select() }), h(Button, { icon: 'copy', onClick: () => copyText(address) }, t('copy')))]
    : [h(Field, { label: t('share.life') }, el.select({ value: hours, onChange: (e) => setHours(e.target.value) }, LIVES.map(([value, key]) => el.option({ value: String(value) }, t(key))))),
      el.p({ class: 'muted' }, h(Icon, { name: 'warn', size: 16 }), ' ', t('share.text'))]);
}
