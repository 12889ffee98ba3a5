// The key pairs of a user; a secret is shown once.
import { h, el, get, api, t, useLoad, useState, attempt } from '../core.js';
import { Button, Code, Empty, Loaded } from '../ui.js';

export function Keys({ name }) {
  const path = '/users/' + encodeURIComponent(name) + '/keys';
  const loaded = useLoad(async (signal) => (await get('/users', { signal })).find((each) => each.name === name)?.keys || [], [name]);
  const [made, setMade] = useState(null);
  const make = async () => { const pair = await attempt(() => api('POST', path, {})); if (pair) { setMade(pair); loaded.reload(); } };
  const remove = (id) => attempt(() => api('DELETE', path + '/' + encodeURIComponent(id)), t('key.removed')).then(loaded.reload);
  return el.div({ class: 'keys' }, el.p({ class: 'muted' }, t('keys.text')),
    made && el.div({ class: 'note good', role: 'status' }, el.div(null, el.strong(null, t('key.once')), h(Code, { label: t('key.secret'), text: t('key.access') + '  ' + made.accessKey + '\n' + t('key.secret') + '  ' + made.secretKey }))),
    h(Loaded, { of: loaded }, (keys) => (keys.length === 0 ? h(Empty, { icon: 'key', title: t('keys.none') }) : el.ul({ class: 'lines' }, keys.map((id) => el.li({ key: id }, el.code(null, id), h(Button, { icon: 'trash', kind: 'danger', label: t('key.remove', { id }), onClick: () => remove(id) })))))),
    h(Button, { icon: 'plus', onClick: make }, t('key.make')));
}
