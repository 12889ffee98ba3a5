// The frame of the console: sign in, navigation, and the page of the address.
import { h, el, render, state, update, useShared, useEffect, useState, useRef, api, get, t, setLanguage, preferredLanguage, applyTheme, keep, kept, parseRoute, route, attempt } from './core.js';
import { Icon, Logo } from './icons.js';
import { Button, Field, Loaded, Toasts, useId } from './ui.js';
import { UploadTray } from './uploads.js';

const PAGES = [
  { page: 'overview', icon: 'overview', admin: true },
  { page: 'files', icon: 'files' },
  { page: 'buckets', icon: 'bucket' },
  { page: 'shares', icon: 'link' },
  { page: 'users', icon: 'users', admin: true },
  { page: 'jobs', icon: 'jobs', admin: true },
  { page: 'cache', icon: 'cache', admin: true },
  { page: 'audit', icon: 'audit', admin: true },
  { page: 'settings', icon: 'edit', admin: true },
  { page: 'connect', icon: 'connect' },
  { page: 'api', icon: 'api' },
  { page: 'account', icon: 'account', hidden: true },
];

const allowed = () => PAGES.filter((each) => !each.admin || state.session.role === 'admin');
const home = () => (state.session.role === 'admin' ? 'overview' : 'files');

function SignIn() {
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const form = useRef(null);
  useEffect(() => { document.title = t('signIn') + ' – Varve'; form.current.elements.name.focus(); }, []);
  const submit = async (e) => {
    e.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const fields = form.current.elements;
      const session = await api('POST', '/session', { name: fields.name.value.trim(), password: fields.password.value });
      update({ session, ended: false });
    } catch (failure) {
      setError(failure.message);
      form.current.elements.password.select();
    }
    setBusy(false);
  };
  return el.main({ class: 'sign-in' }, el.form({ ref: form, onSubmit: submit, class: 'sign-in-card' },
    el.div({ class: 'sign-in-mark' }, h(Logo, { size: 44 })),
    el.h1(null, 'Varve'), el.p({ class: 'lead' }, t('signInLead')),
    state.ended && !error && el.p({ class: 'note', role: 'status' }, t('sessionEnded')),
    h(Field, { label: t('userName') }, el.input({ name: 'name', autocomplete: 'username', required: true, autocapitalize: 'none', spellcheck: false })),
    h(Field, { label: t('password') }, el.input({ name: 'password', type: 'password', autocomplete: 'current-password', required: true })),
    error && el.p({ class: 'hint bad', role: 'alert' }, error),
    h(Button, { kind: 'primary', type: 'submit', disabled: busy }, t('signIn')),
    el.div({ class: 'sign-in-foot' }, h(Preferences))));
}

function Preferences() {
  const [theme, setTheme] = useState(kept('theme') || 'auto');
  const language = useId();
  const look = useId();
  return el.div({ class: 'preferences' },
    el.label({ for: language, class: 'sr' }, t('language')),
    el.select({ id: language, value: state.lang, onChange: (e) => setLanguage(e.target.value) },
      el.option({ value: 'en', lang: 'en' }, 'English'), el.option({ value: 'zh', lang: 'zh' }, '中文')),
    el.label({ for: look, class: 'sr' }, t('theme')),
    el.select({ id: look, value: theme, onChange: (e) => { setTheme(e.target.value); keep('theme', e.target.value); applyTheme(e.target.value); } },
      ['auto', 'light', 'dark'].map((each) => el.option({ value: each }, t('theme.' + each)))));
}

function Navigation({ open, onClose, current }) {
  const signOut = () => attempt(async () => {
    const { session } = state;
    // The page goes first: what it asks for every few seconds would be told that the session has ended.
    update({ session: null, ended: false });
    location.hash = '';
    try {
      await api('DELETE', '/session', undefined, { headers: { 'X-Varve-Csrf': session.csrf } });
    } catch (e) {
      if (e.status === 401) return;
      update({ session });
      throw e;
    }
  });
  return el.aside({ 'aria-label': t('navigation'), class: 'side' + (open ? ' open' : ''), onKeyDown: (e) => e.key === 'Escape' && onClose() },
    el.a({ class: 'brand', href: route(home()) }, h(Logo), el.span(null, 'Varve')),
    el.nav({ 'aria-label': t('pages') }, el.ul(null, allowed().filter((each) => !each.hidden).map((each) => el.li(null,
      el.a({ href: route(each.page), 'aria-current': each.page === current ? 'page' : undefined, onClick: onClose },
        h(Icon, { name: each.icon }), el.span(null, t('nav.' + each.page))))))),
    el.div({ class: 'side-foot' },
      el.a({ class: 'who', href: route('account'), 'aria-current': current === 'account' ? 'page' : undefined, onClick: onClose },
        h(Icon, { name: 'account' }), el.span(null, el.strong(null, state.session.user), el.small(null, t('role.' + state.session.role)))),
      h(Button, { icon: 'out', kind: 'quiet', onClick: signOut }, t('signOut')),
      h(Preferences)));
}

const loaded = {};

function PageOf({ where }) {
  const [, again] = useState(0);
  const [error, setError] = useState(null);
  const known = allowed().some((each) => each.page === where.page);
  const name = known ? where.page : home();
  useEffect(() => {
    setError(null);
    if (!loaded[name]) {
      import('./pages/' + name + '.js').then((module) => { loaded[name] = module.default; again((n) => n + 1); }, setError);
    }
  }, [name]);
  if (!loaded[name]) return h(Loaded, { of: { error: error && { message: t('offline') } } }, () => null);
  return h(loaded[name], { key: name, where: known ? where : { page: name, rest: '', query: {} } });
}

function Shell() {
  const [where, setWhere] = useState(parseRoute());
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const follow = () => {
      const next = parseRoute();
      setWhere((before) => {
        if (before.page !== next.page) setTimeout(() => document.querySelector('main h1')?.focus(), 80);
        return next;
      });
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return el.div({ class: 'shell' },
    el.a({ class: 'skip', href: '#main', onClick: (e) => { e.preventDefault(); document.querySelector('main h1')?.focus(); } }, t('skip')),
    el.header({ class: 'topbar' }, h(Button, { icon: open ? 'close' : 'menu', kind: 'quiet', label: t('navigation'), 'aria-expanded': open ? 'true' : 'false', onClick: () => setOpen(!open) }),
      el.a({ class: 'brand', href: route(home()) }, h(Logo, { size: 24 }), el.span(null, 'Varve'))),
    open && el.div({ class: 'veil', onClick: () => setOpen(false) }),
    h(Navigation, { open, onClose: () => setOpen(false), current: where.page || home() }),
    el.main({ id: 'main' }, h(PageOf, { where })),
    h(UploadTray));
}

function App() {
  const { session } = useShared();
  return [session ? h(Shell, { key: state.lang + session.user }) : h(SignIn, { key: state.lang }), h(Toasts)];
}

applyTheme(kept('theme') || 'auto');
const [session] = await Promise.all([get('/session').catch(() => null), setLanguage(preferredLanguage())]);
update({ session });
render(h(App), document.getElementById('app'));
