import { h, el, get, api, t, bytes, moment, number, percent, useLoad, useState, route, go, attempt, sizeOf, sizeText } from '../core.js';
import { Badge, Button, Confirm, Dialog, Empty, Field, Icon, Loaded, Menu, Meter, Page, Panel, Scroll } from '../ui.js';

export default function Buckets({ where }) {
  const loaded = useLoad((signal) => get('/buckets', { signal }), []);
  const [ask, setAsk] = useState(where.query.make ? { kind: 'make' } : null);
  const close = () => { setAsk(null); if (where.query.make) go('buckets'); };
  const changed = async (action, done) => { const ok = await attempt(async () => { await action(); return true; }, done); loaded.reload(); return ok; };
  return h(Page, { title: t('nav.buckets'), lead: t('buckets.lead'), actions: h(Button, { icon: 'plus', kind: 'primary', onClick: () => setAsk({ kind: 'make' }) }, t('bucket.make')) },
    h(Loaded, { of: loaded }, (buckets) => (buckets.length === 0
      ? h(Panel, null, h(Empty, { icon: 'bucket', title: t('buckets.none') }, t('buckets.noneText')))
      : h(Panel, null, h(Scroll, null, el.table({ class: 'table narrow-2' },
        el.thead(null, el.tr(null, [['name'], ['owner'], ['files', 'num'], ['size', 'num'], ['versioning'], ['retention'], ['lock'], ['created']].map(([key, kind]) => el.th({ scope: 'col', class: kind }, t(key))), el.th({ scope: 'col' }, el.span({ class: 'sr' }, t('actions'))))),
        el.tbody(null, buckets.map((bucket) => el.tr({ key: bucket.name },
          el.th({ scope: 'row' }, el.a({ href: route('files', bucket.name + '/') }, bucket.name)),
          el.td(null, bucket.owner), el.td({ class: 'num' }, number(bucket.files)), el.td({ class: 'num' }, bytes(bucket.bytes), h(Quota, { bucket })),
          el.td(null, h(Badge, { kind: bucket.versioning === 'enabled' ? 'good' : '' }, t('versioning.' + bucket.versioning))),
          el.td(null, bucket.retention, !bucket.ownRetention && el.small({ class: 'muted' }, ' ' + t('retention.default'))),
          el.td(null, bucket.lock ? h(Badge, { kind: 'good' }, lockText(bucket.lock)) : el.span({ class: 'muted' }, t('lock.none'))),
          el.td({ class: 'nowrap' }, moment(bucket.created)),
          el.td({ class: 'end' }, h(Menu, { label: t('actionsOf', { name: bucket.name }), items: [
            bucket.rights.includes('govern') && { icon: 'edit', label: t('settings'), run: () => setAsk({ kind: 'settings', bucket }) },
            bucket.rights.includes('govern') && { icon: 'users', label: t('rights'), run: () => setAsk({ kind: 'rights', bucket }) },
            { icon: 'files', label: t('open'), run: () => go('files', bucket.name + '/') },
            bucket.rights.includes('delete') && { icon: 'trash', label: t('delete'), danger: true, run: () => setAsk({ kind: 'delete', bucket }) },
          ] })))))))))),
    ask?.kind === 'make' && h(MakeBucket, { close, changed }),
    ask?.kind === 'settings' && h(Settings, { bucket: ask.bucket, close, changed }),
    ask?.kind === 'rights' && h(Rights, { bucket: ask.bucket, close, changed }),
    ask?.kind === 'delete' && h(Confirm, { title: t('bucket.delete'), text: t('bucket.deleteText', { name: ask.bucket.name }), yes: t('delete'), danger: true, onClose: close,
      onYes: () => changed(() => api('DELETE', '/buckets/' + encodeURIComponent(ask.bucket.name)), t('deletedN', { n: 1 })) }));
}

function Quota({ bucket }) {
  if (bucket.quotaBytes === null) return null;
  const part = bucket.quotaBytes ? bucket.bytes / bucket.quotaBytes : 1;
  const label = t('quota.of', { part: percent(part), quota: bytes(bucket.quotaBytes) });
  return el.span({ class: 'quota' }, el.small({ class: part >= 1 ? 'bad' : 'muted' }, label), h(Meter, { value: part, label, kind: part >= 1 ? 'bad' : part >= 0.9 ? 'warn' : '' }));
}

const lockText = (lock) => (lock.mode ? t('lock.' + lock.mode) + ' ' + (lock.years ? t('years', { n: lock.years }) : t('days', { n: lock.days })) : t('lock.on'));

function MakeBucket({ close, changed }) {
  const [name, setName] = useState('');
  const [lock, setLock] = useState(false);
  const wrong = name && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && name.length > 2 ? t('bucket.rule') : null;
  const submit = async () => { if (await changed(() => api('POST', '/buckets', { name, objectLock: lock }), t('made', { name }))) close(); };
  return h(Dialog, { title: t('bucket.make'), onClose: close, onSubmit: submit, actions: [h(Button, { onClick: close }, t('cancel')), h(Button, { kind: 'primary', type: 'submit', disabled: name.length < 3 || !!wrong }, t('make'))] },
    h(Field, { label: t('name'), hint: t('bucket.rule'), error: wrong }, el.input({ value: name, autofocus: true, spellcheck: false, autocapitalize: 'none', onInput: (e) => setName(e.target.value) })),
    el.label({ class: 'tick' }, el.input({ type: 'checkbox', checked: lock, onChange: (e) => setLock(e.target.checked) }), el.span(null, t('lock.make'), el.small({ class: 'muted' }, t('lock.makeText')))));
}

const RETENTIONS = ['7d', '30d', '90d', '1y', 'forever', 'none'];

function Settings({ bucket, close, changed }) {
  const [versioning, setVersioning] = useState(bucket.versioning);
  const [retention, setRetention] = useState(bucket.ownRetention ? bucket.retention : '');
  const [mode, setMode] = useState(bucket.lock ? bucket.lock.mode || 'on' : 'off');
  const given = String(bucket.lock?.days || (bucket.lock?.years || 0) * 365 || 30);
  const [days, setDays] = useState(given);
  const [quota, setQuota] = useState(bucket.quotaBytes === null ? '' : sizeText(bucket.quotaBytes));
  const limit = quota.trim() === '' ? -1 : sizeOf(quota);
  const may = (right) => bucket.rights.includes(right);
  const path = '/buckets/' + encodeURIComponent(bucket.name);
  const save = async () => {
    const ok = await changed(async () => {
      const before = bucket.lock ? bucket.lock.mode || 'on' : 'off';
      if (mode !== before || (bucket.lock?.mode && days !== given)) {
        await api('PATCH', path, { lock: { mode: mode === 'on' ? null : mode, days: mode === 'on' ? 0 : Number(days), years: 0 } });
      }
      if (may('quota') && limit !== (bucket.quotaBytes ?? -1)) await api('PATCH', path, { quotaBytes: limit });
      if (versioning !== bucket.versioning && mode === 'off') await api('PATCH', path, { versioning });
      const kept = bucket.ownRetention ? bucket.retention : '';
      if (retention.trim() !== kept) {
        const rule = '/retention/' + encodeURIComponent(bucket.name);
        if (retention.trim()) await api('PUT', rule, { policy: retention.trim() }); else await api('DELETE', rule);
      }
    }, t('saved'));
    if (ok) close();
  };
  return h(Dialog, { title: t('bucket.settings', { name: bucket.name }), onClose: close, onSubmit: save, actions: [h(Button, { onClick: close }, t('cancel')), h(Button, { kind: 'primary', type: 'submit', disabled: limit === null }, t('save'))] },
    h(Field, { label: t('versioning'), hint: mode !== 'off' ? t('versioning.locked') : t('versioning.text') }, el.select({ value: mode !== 'off' ? 'enabled' : versioning, disabled: mode !== 'off', onChange: (e) => setVersioning(e.target.value) },
      (bucket.versioning === 'never' ? ['never', 'enabled'] : ['enabled', 'suspended']).map((each) => el.option({ value: each }, t('versioning.' + each))))),
    h(Field, { label: t('retention'), hint: t('retention.text') }, el.input({ value: retention, list: 'retentions', placeholder: t('retention.placeholder', { n: bucket.retention }), onInput: (e) => setRetention(e.target.value) })),
    el.datalist({ id: 'retentions' }, RETENTIONS.map((each) => el.option({ value: each }))),
    may('quota') && h(Field, { label: t('quota'), hint: t('quota.text'), error: limit === null ? t('quota.wrong') : null },
      el.input({ value: quota, placeholder: t('quota.none'), spellcheck: false, onInput: (e) => setQuota(e.target.value) })),
    h(Field, { label: t('lock'), hint: t('lock.text') }, el.select({ value: mode, onChange: (e) => setMode(e.target.value) },
      ['off', 'on', 'governance', 'compliance'].filter((each) => each !== 'off' || !bucket.lock).map((each) => el.option({ value: each }, t('lock.' + each))))),
    (mode === 'governance' || mode === 'compliance') && h(Field, { label: t('lock.days') }, el.input({ type: 'number', min: 1, max: 36500, value: days, onInput: (e) => setDays(e.target.value) })),
    mode !== 'off' && !bucket.lock && el.p({ class: 'note warn' }, h(Icon, { name: 'warn', size: 16 }), t('lock.forever')));
}

const rightsOf = (bucket) => '/buckets/' + encodeURIComponent(bucket.name) + '/rights';

function Rights({ bucket, close, changed }) {
  const loaded = useLoad((signal) => get(rightsOf(bucket), { signal }), [bucket.name]);
  return loaded.data ? h(RightsDialog, { bucket, before: loaded.data, close, changed })
    : h(Dialog, { title: t('rights.of', { name: bucket.name }), onClose: close }, h(Loaded, { of: loaded }, () => null));
}

/** Who may use a bucket: everybody with the role for it or not, and single users. */
function RightsDialog({ bucket, before, close, changed }) {
  const known = useLoad((signal) => get('/users', { signal }), []);
  const [shared, setShared] = useState(before.shared);
  const [users, setUsers] = useState(before.users);
  const [name, setName] = useState('');
  const typed = name.trim();
  // Who was typed and not yet added is meant, too.
  const all = typed && !users.some((each) => each.user === typed) ? [...users, { user: typed, right: 'read' }] : users;
  const add = () => { setUsers(all); setName(''); };
  const save = async () => {
    const same = JSON.stringify(all) === JSON.stringify(before.users);
    if (await changed(() => api('PUT', rightsOf(bucket), { ...(shared === before.shared ? {} : { shared }), ...(same ? {} : { users: all }) }), t('saved'))) close();
  };
  const give = (user, right) => setUsers(users.map((each) => (each.user === user ? { user, right } : each)));
  return h(Dialog, { title: t('rights.of', { name: bucket.name }), onClose: close, onSubmit: save, actions: [h(Button, { onClick: close }, t('cancel')), h(Button, { kind: 'primary', type: 'submit' }, t('save'))] },
    el.p({ class: 'muted' }, t('rights.text', { owner: before.owner })),
    el.label({ class: 'tick' }, el.input({ type: 'checkbox', checked: shared, onChange: (e) => setShared(e.target.checked) }), el.span(null, t('rights.shared'), el.small({ class: 'muted' }, t('rights.sharedText')))),
    el.ul({ class: 'lines' }, users.map(({ user, right }) => el.li({ key: user }, el.span(null, user), el.span({ class: 'actions' },
      el.select({ value: right, 'aria-label': t('rights.ofUser', { name: user }), onChange: (e) => give(user, e.target.value) }, ['read', 'write'].map((each) => el.option({ value: each }, t('rights.' + each)))),
      h(Button, { icon: 'trash', kind: 'danger', label: t('rights.take', { name: user }), onClick: () => setUsers(users.filter((each) => each.user !== user)) }))))),
    h(Field, { label: t('rights.user') }, el.input({ value: name, list: 'known-users', spellcheck: false, autocapitalize: 'none', autocomplete: 'off', onInput: (e) => setName(e.target.value) })),
    el.datalist({ id: 'known-users' }, (known.data || []).filter((each) => each.role !== 'admin').map((each) => el.option({ value: each.name }))),
    el.div({ class: 'actions' }, h(Button, { icon: 'plus', disabled: !typed, onClick: add }, t('rights.add'))),
    before.others && el.p({ class: 'note' }, t('rights.others')));
}
