import { h, el, api, t, useState, attempt, state, moment } from '../core.js';
import { Button, Field, Page, Panel } from '../ui.js';
import { Keys } from './keys.js';

export default function Account() {
  return h(Page, { title: t('account'), lead: t('account.lead', { name: state.session.user, role: t('role.' + state.session.role), moment: moment(state.session.ends) }) },
    el.div({ class: 'columns' }, h(Panel, { title: t('password') }, h(Password)), h(Panel, { title: t('keys') }, el.div({ class: 'pad' }, h(Keys, { name: state.session.user })))));
}

function Password() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const short = next && next.length < 8 ? t('password.rule') : null;
  const save = async (e) => {
    e.preventDefault();
    const ok = await attempt(() => api('PATCH', '/users/' + encodeURIComponent(state.session.user), { password: next, current }), t('password.changed'));
    if (ok) { setCurrent(''); setNext(''); }
  };
  return el.form({ class: 'pad', onSubmit: save },
    h(Field, { label: t('password.current') }, el.input({ type: 'password', autocomplete: 'current-password', value: current, onInput: (e) => setCurrent(e.target.value) })),
    h(Field, { label: t('password.new'), hint: t('password.rule'), error: short }, el.input({ type: 'password', autocomplete: 'new-password', value: next, onInput: (e) => setNext(e.target.value) })),
    h(Button, { kind: 'primary', type: 'submit', disabled: !current || !next || !!short }, t('save')));
}
