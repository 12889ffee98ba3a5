import { h, el, get, api, t, useLoad, useState, attempt, state } from '../core.js';
import { Badge, Button, Confirm, Dialog, Field, Loaded, Menu, Page, Panel, Scroll } from '../ui.js';
import { Keys } from './keys.js';

const ROLES = ['admin', 'user', 'readonly'];
const at = (name) => '/users/' + encodeURIComponent(name);

export default function Users() {
  const loaded = useLoad((signal) => get('/users', { signal }), []);
  const [ask, setAsk] = useState(null);
  const close = () => setAsk(null);
  const changed = async (action, done) => { const ok = await attempt(async () => { await action(); return true; }, done); loaded.reload(); return ok; };
  return h(Page, { title: t('nav.users'), lead: t('users.lead'), actions: h(Button, { icon: 'plus', kind: 'primary', onClick: () => setAsk({ kind: 'add' }) }, t('user.add')) },
    h(Loaded, { of: loaded }, (users) => h(Panel, null, h(Scroll, null, el.table({ class: 'table' },
      el.thead(null, el.tr(null, [t('name'), t('role'), t('keys')].map((each) => el.th({ scope: 'col' }, each)), el.th({ scope: 'col' }, el.span({ class: 'sr' }, t('actions'))))),
      el.tbody(null, users.map((user) => el.tr({ key: user.name },
        el.th({ scope: 'row' }, user.name, user.configured && [' ', h(Badge, null, t('user.configured'))], user.name === state.session.user && [' ', h(Badge, { kind: 'good' }, t('you'))]),
        el.td(null, t('role.' + user.role), el.small({ class: 'muted block' }, t('role.' + user.role + '.text')), user.consoleOnly && h(Badge, null, t('user.consoleOnly'))),
        el.td(null, el.button({ type: 'button', class: 'link', onClick: () => setAsk({ kind: 'keys', user }) }, t('keys.count', { n: user.keys.length }))),
        el.td({ class: 'end' }, h(Menu, { label: t('actionsOf', { name: user.name }), items: [
          { icon: 'key', label: t('keys'), run: () => setAsk({ kind: 'keys', user }) },
          !user.configured && { icon: 'edit', label: t('user.change'), run: () => setAsk({ kind: 'change', user }) },
          !user.configured && { icon: 'trash', label: t('remove'), danger: true, run: () => setAsk({ kind: 'remove', user }) },
        ] }))))))))),
    ask?.kind === 'add' && h(UserDialog, { close, changed }),
    ask?.kind === 'change' && h(UserDialog, { close, changed, user: ask.user }),
    ask?.kind === 'keys' && h(Dialog, { title: t('keys.of', { name: ask.user.name }), wide: true, onClose: () => { close(); loaded.reload(); } }, h(Keys, { name: ask.user.name })),
    ask?.kind === 'remove' && h(Confirm, { title: t('user.remove'), text: t('user.removeText', { name: ask.user.name }), yes: t('remove'), danger: true, onClose: close, onYes: () => changed(() => api('DELETE', at(ask.user.name)), t('user.removed', { name: ask.user.name })) }));
}

function UserDialog({ user, close, changed }) {
  const [name, setName] = useState(user?.name || '');
  const [role, setRole] = useState(user?.role || 'user');
  const [password, setPassword] = useState('');
  const [only, setOnly] = useState(user?.consoleOnly || false);
  const otherKind = !!user && only !== user.consoleOnly;
  const short = password && password.length < 8 ? t('password.rule') : null;
  const save = async () => {
    const ok = await changed(() => (user
      ? api('PATCH', at(user.name), { ...(password ? { password } : {}), ...(role !== user.role ? { role } : {}), ...(otherKind ? { consoleOnly: only } : {}) })
      : api('POST', '/users', { name, password, role, consoleOnly: only })), t('saved'));
    if (ok) close();
  };
  return h(Dialog, { title: user ? t('user.changeOf', { name: user.name }) : t('user.add'), onClose: close, onSubmit: save,
    actions: [h(Button, { onClick: close }, t('cancel')), h(Button, { kind: 'primary', type: 'submit', disabled: !!short || (!user && (name.length < 3 || !password)) || (user && !password && (role === user.role || otherKind)) }, t('save'))] },
  !user && h(Field, { label: t('name'), hint: t('name.rule') }, el.input({ value: name, autofocus: true, spellcheck: false, autocapitalize: 'none', autocomplete: 'off', onInput: (e) => setName(e.target.value) })),
  h(Field, { label: t('role'), hint: t('role.' + role + '.text') }, el.select({ value: role, onChange: (e) => setRole(e.target.value) }, ROLES.map((each) => el.option({ value: each }, t('role.' + each))))),
  h(Field, { label: user ? t('password.new') : t('password'), hint: otherKind ? t('password.otherKind') : user ? t('password.same') : t('password.rule'), error: short }, el.input({ type: 'password', value: password, autocomplete: 'new-password', onInput: (e) => setPassword(e.target.value) })),
  el.label({ class: 'tick' }, el.input({ type: 'checkbox', checked: only, onChange: (e) => setOnly(e.target.checked) }), el.span(null, t('password.only'), el.small({ class: 'muted' }, t('password.onlyText')))));
}
