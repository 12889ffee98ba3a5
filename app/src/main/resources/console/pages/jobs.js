import { h, el, get, api, t, bytes, moment, number, duration, useLoad, useState, attempt } from '../core.js';
import { Badge, Button, Confirm, Empty, Loaded, Menu, Page, Panel, Progress, Scroll } from '../ui.js';

const EVERY = 1500;
const KINDS = [['gc', 'trash'], ['compact', 'archive'], ['scrub', 'check'], ['tiers', 'move'], ['settle', 'overview']];
// Without a dry run: what they do is told by what they did.
const PLAIN = ['settle', 'rotate-keys'];

export default function Jobs() {
  const jobs = useLoad((signal) => get('/jobs', { signal }), [], EVERY);
  const sealed = useLoad((signal) => get('/encryption', { signal }), []);
  const kinds = sealed.data?.keys.length ? [...KINDS, ['rotate-keys', 'key']] : KINDS;
  const start = (body) => attempt(() => api('POST', '/jobs', body), t('job.started')).then(jobs.reload);
  const cancel = (id) => attempt(() => api('DELETE', '/jobs/' + id), t('job.cancelling')).then(jobs.reload);
  return h(Page, { title: t('nav.jobs'), lead: t('jobs.lead') },
    el.div({ class: 'job-kinds' }, kinds.map(([kind, icon]) => el.div({ class: 'job-kind' }, el.h2(null, t('job.' + kind)), el.p({ class: 'muted' }, t('job.' + kind + '.text')),
      el.div({ class: 'actions' }, h(Button, { icon: 'play', onClick: () => start({ kind }) }, t('job.run')),
        !PLAIN.includes(kind) && h(Button, { kind: 'quiet', onClick: () => start({ kind, dryRun: true }) }, t('job.dry')))))),
    h(Panel, { title: t('job.list') }, h(Loaded, { of: jobs }, (all) => (all.length === 0 ? h(Empty, { icon: 'jobs', title: t('job.none') }, t('job.noneText'))
      : el.ul({ class: 'job-list' }, all.map((job) => h(JobLine, { key: job.id, job, cancel })))))),
    h(Imports, { changed: jobs.reload }));
}

function JobLine({ job, cancel }) {
  const running = job.state === 'RUNNING';
  const kind = { RUNNING: 'info', DONE: 'good', FAILED: 'bad', CANCELLED: '' }[job.state];
  const seconds = ((job.ended ? new Date(job.ended) : new Date()) - new Date(job.begun)) / 1000;
  const report = job.result && Object.entries(job.result).filter(([, value]) => typeof value === 'number' && value !== 0);
  return el.li(null, el.div({ class: 'job-head' }, el.strong(null, t('job.' + job.kind)), el.span({ class: 'muted' }, '#' + job.id), h(Badge, { kind }, t('job.state.' + job.state)),
    el.span({ class: 'muted push' }, moment(job.begun, true) + ' · ' + duration(seconds)),
    running && h(Button, { icon: 'stop', onClick: () => cancel(job.id) }, t('cancel'))),
  running && h(Progress, { value: job.total ? job.done / job.total : undefined, label: t('job.' + job.kind) }),
  job.phase && el.p({ class: 'muted' }, job.phase + (job.done ? ': ' + number(job.done) + (job.total ? ' / ' + number(job.total) : '') : '')),
  job.failure && el.p({ class: 'bad', role: 'alert' }, job.failure),
  report?.length > 0 && el.dl({ class: 'report' }, report.map(([name, value]) => el.div(null, el.dt(null, words(name)), el.dd(null, /bytes/i.test(name) ? bytes(value) : number(value))))));
}

const words = (name) => name.replace(/([A-Z])/g, (letter) => ' ' + letter.toLowerCase());

function Imports({ changed }) {
  const loaded = useLoad((signal) => get('/imports', { signal }), []);
  const [ask, setAsk] = useState(null);
  const act = (each, what) => attempt(() => api('POST', '/imports/' + encodeURIComponent(each.id) + '/' + what, {}), t('saved')).then(() => { loaded.reload(); changed(); });
  return h(Panel, { title: t('imports') }, h(Loaded, { of: loaded }, (imports) => (imports.length === 0
    ? el.p({ class: 'muted pad' }, t('imports.none'))
    : h(Scroll, null, el.table({ class: 'table' }, el.thead(null, el.tr(null, [t('import.source'), t('import.target'), t('begun'), t('state')].map((each) => el.th({ scope: 'col' }, each)), el.th({ scope: 'col' }, el.span({ class: 'sr' }, t('actions'))))),
      el.tbody(null, imports.map((each) => el.tr({ key: each.id }, el.th({ scope: 'row' }, el.span({ class: 'path' }, each.source)), el.td(null, each.target), el.td({ class: 'nowrap' }, moment(each.started)), el.td(null, t('import.' + each.state)),
        el.td({ class: 'end' }, each.state !== 'returning' && h(Menu, { label: t('actionsOf', { name: each.source }), items: [each.state === 'open' && { icon: 'check', label: t('import.finish'), run: () => act(each, 'finish') }, { icon: 'restore', label: t('import.rollback'), danger: true, run: () => setAsk(each) }] }))))))))),
  ask && h(Confirm, { title: t('import.rollback'), text: t('import.rollbackText', { name: ask.target }), yes: t('import.rollback'), danger: true, onClose: () => setAsk(null), onYes: () => act(ask, 'rollback') }));
}
