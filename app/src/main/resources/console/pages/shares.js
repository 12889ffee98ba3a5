import { h, el, get, api, t, moment, ago, useLoad, attempt, copyText, state, route } from '../core.js';
import { Button, Empty, LinkButton, Loaded, Page, Panel, Scroll } from '../ui.js';

export default function Shares() {
  const loaded = useLoad((signal) => get('/shares', { signal }), []);
  const remove = (share) => attempt(() => api('DELETE', '/shares/' + encodeURIComponent(share.bucket) + '/' + encodeURIComponent(share.id)), t('share.removed')).then(loaded.reload);
  return h(Page, { title: t('nav.shares'), lead: t('shares.lead') },
    h(Loaded, { of: loaded }, (shares) => h(Panel, null, shares.length === 0
      ? h(Empty, { icon: 'link', title: t('shares.none'), action: h(LinkButton, { href: route('files'), icon: 'files' }, t('nav.files')) }, t('shares.noneText'))
      : h(Scroll, null, el.table({ class: 'table folded shares' },
        el.thead(null, el.tr(null, [t('file'), state.session.role === 'admin' && t('madeBy'), t('created'), t('expires')].filter(Boolean).map((each) => el.th({ scope: 'col' }, each)), el.th({ scope: 'col' }, el.span({ class: 'sr' }, t('actions'))))),
        el.tbody(null, shares.map((share) => el.tr({ key: share.bucket + share.id },
          el.th({ scope: 'row' }, el.span({ class: 'path' }, share.path)), state.session.role === 'admin' && el.td(null, share.user),
          el.td({ class: 'nowrap' }, moment(share.created)), el.td({ class: 'nowrap' }, moment(share.expires), el.small({ class: 'muted' }, ' ' + ago(share.expires))),
          el.td({ class: 'end' }, el.div({ class: 'row-actions' }, h(Button, { icon: 'copy', onClick: () => copyText(location.origin + share.address) }, t('copy')),
            h(Button, { icon: 'trash', kind: 'danger', label: t('share.remove', { name: share.path }), onClick: () => remove(share) })))))))))));
}
