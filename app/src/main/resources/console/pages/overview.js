import { h, el, get, t, bytes, number, percent, duration, useLoad, ago, route } from '../core.js';
import { Badge, CoreSample, Empty, Legend, LineChart, Loaded, Meter, Page, Panel, Stack, LinkButton, Scroll } from '../ui.js';

const EVERY = 5000;

export default function Overview() {
  const loaded = useLoad((signal) => get('/overview', { signal }), [], EVERY);
  return h(Page, { title: t('nav.overview'), actions: loaded.data && h(HealthBadge, { health: loaded.data.health }) },
    h(Loaded, { of: loaded }, (data) => h(Body, { data })));
}

function HealthBadge({ health }) {
  const kind = { UP: 'good', DEGRADED: 'warn', DOWN: 'bad' }[health.status];
  return h(Badge, { kind }, t('health.' + health.status));
}

function Body({ data }) {
  const { store, disk, health } = data;
  return el.div({ class: 'stack-pages' },
    health.reason && el.p({ class: 'note ' + (health.status === 'DOWN' ? 'bad' : 'warn'), role: 'alert' }, health.reason),
    h(Savings, { store, reencoding: data.reencoding }),
    el.div({ class: 'figures' },
      h(Figure, { label: t('files'), value: number(store.files), note: bytes(store.logicalBytes) }),
      h(Figure, { label: t('kept'), value: number(store.historyVersions), note: bytes(store.historyBytes) }),
      h(Figure, { label: t('free'), value: bytes(disk.freeBytes), note: t('ofBytes', { n: bytes(disk.totalBytes) }) }),
      h(Figure, { label: t('scrubbed'), value: store.scrubbedAt ? ago(store.scrubbedAt * 1000) : t('never'), note: store.damagedChunks ? t('damaged', { n: number(store.damagedChunks) }) : t('noDamage'), kind: store.damagedChunks ? 'bad' : '' })),
    h(Load, { data }),
    el.div({ class: 'columns' }, h(Throughput, { data }), h(Capacity, { data })),
    h(Activity),
    el.div({ class: 'columns' }, h(Buckets, { data }), h(SinceStart, { data })));
}

function Figure({ label, value, note, kind = '' }) {
  return el.div({ class: 'figure' }, el.span({ class: 'figure-label' }, label), el.strong(null, value), el.small({ class: kind || 'muted' }, note));
}

function Savings({ store, reencoding }) {
  const all = store.logicalBytes + store.historyBytes;
  if (!all) {
    return h(Panel, null, h(Empty, { icon: 'overview', title: t('overview.empty'), action: h(LinkButton, { href: route('files'), icon: 'upload', kind: 'primary' }, t('overview.emptyAction')) }, t('overview.emptyText')));
  }
  const saved = 1 - store.storedBytes / all;
  const layers = [
    { label: t('layer.all'), bytes: all, kind: 's5', note: t('layer.allNote', { files: number(store.files), versions: number(store.historyVersions) }) },
    { label: t('layer.unique'), bytes: store.uniqueBytes, kind: 's4', note: t('layer.uniqueNote', { n: factor(all, store.uniqueBytes), chunks: number(store.chunks) }) },
    { label: t('layer.stored'), bytes: store.storedBytes, kind: 's1', note: t('layer.storedNote', { n: factor(store.uniqueBytes, store.storedBytes) }) + (reencoding.deltas ? ' ' + t('layer.delta', { n: number(reencoding.deltas), saved: bytes(reencoding.bytesBefore - reencoding.bytesAfter) }) : '') },
  ];
  return h(Panel, { class: 'hero' }, el.div({ class: 'hero-text' },
    el.p({ class: 'hero-number' }, saved >= 0 ? percent(saved) : '0 %'), el.h2(null, t('savedTitle')),
    el.p({ class: 'muted' }, t('savedText', { all: bytes(all), stored: bytes(store.storedBytes) }))),
    h(CoreSample, { layers, total: Math.max(all, store.storedBytes) }));
}

const factor = (before, after) => (after ? (before / after).toFixed(before / after < 10 ? 2 : 1) : '1');

function Throughput({ data }) {
  const { throughput: samples } = data;
  const last = samples.at(-1) || { in: 0, out: 0, requests: 0 };
  const rate = (n) => bytes(n) + '/s';
  return h(Panel, { title: t('throughput'), aside: el.span({ class: 'muted' }, t('requests', { n: number(Math.round(last.requests * 10) / 10) })) },
    h(LineChart, { label: t('throughputLabel', { in: rate(last.in), out: rate(last.out) }), seconds: data.throughputSeconds, format: rate,
      series: [{ kind: 'out', values: samples.map((s) => s.out) }, { kind: 'in', values: samples.map((s) => s.in) }] }),
    h(Legend, { items: [{ kind: 'in', label: t('in'), value: rate(last.in) }, { kind: 'out', label: t('out'), value: rate(last.out) }] }));
}

function Capacity({ data }) {
  const { store, disk } = data;
  const own = store.segmentBytes + store.journalBytes + store.metadataBytes;
  const parts = [
    { kind: 's1', label: t('segments'), bytes: store.segmentBytes },
    { kind: 's2', label: t('journal'), bytes: store.journalBytes },
    { kind: 's4', label: t('metadata'), bytes: store.metadataBytes },
    { kind: 's3', label: t('otherData'), bytes: Math.max(0, disk.totalBytes - disk.freeBytes - own) },
  ];
  return h(Panel, { title: t('capacity'), aside: el.span({ class: 'muted' }, t('freeOf', { n: bytes(disk.freeBytes) })) },
    h(Stack, { parts, total: disk.totalBytes, label: t('capacity') }),
    h(Legend, { items: parts.map((part) => ({ ...part, value: bytes(part.bytes) })) }));
}

function Load({ data }) {
  const last = data.throughput.at(-1);
  const rate = (n) => t('perSecond', { n: number(Math.round(n * 10) / 10) });
  const figure = (label, value, note, kind) => h(Figure, { label, value: last ? value() : '–', note: last ? note() : t('soon'), kind });
  return el.div({ class: 'figures' },
    figure(t('failedRequests'), () => rate(last.failed), () => t('refused', { n: rate(last.refused) }), last?.failed ? 'bad' : ''),
    figure(t('cpu'), () => percent(last.processLoad), () => t('cpuMachine', { n: percent(last.machineLoad) })),
    figure(t('networkIn'), () => bytes(last.networkIn) + '/s', () => t('networkNote')),
    figure(t('networkOut'), () => bytes(last.networkOut) + '/s', () => t('networkNote')));
}

/** Who is at work, and on which files. */
function Activity() {
  const loaded = useLoad((signal) => get('/activity', { signal }), [], EVERY);
  return h(Loaded, { of: loaded }, (data) => el.div({ class: 'columns' },
    h(Panel, { title: t('hotFiles'), aside: el.span({ class: 'muted' }, t('hotFilesNote')) }, data.files.length === 0 ? el.p({ class: 'muted pad' }, t('hotFiles.none'))
      : h(Scroll, null, el.table({ class: 'table dense' },
        el.thead(null, el.tr(null, el.th({ scope: 'col' }, t('file')), el.th({ scope: 'col', class: 'num' }, t('reads')))),
        el.tbody(null, data.files.map((each) => el.tr(null, el.th({ scope: 'row' }, el.a({ href: fileRoute(each.path) }, each.path)),
          el.td({ class: 'num' }, number(Math.max(1, Math.round(each.reads)))))))))),
    h(Panel, { title: t('activeUsers'), aside: el.span({ class: 'muted' }, t('activeUsersNote', { n: number(data.userCount), time: duration(data.windowSeconds) })) },
      data.users.length === 0 ? el.p({ class: 'muted pad' }, t('nobody')) : h(Scroll, null, el.table({ class: 'table dense' },
        el.thead(null, el.tr(null, [t('who'), t('door'), t('fromWhere'), t('when')].map((each) => el.th({ scope: 'col' }, each)))),
        el.tbody(null, data.users.map((each) => el.tr(null, el.th({ scope: 'row' }, each.name), el.td(null, each.door), el.td({ class: 'nowrap' }, each.address), el.td({ class: 'nowrap' }, ago(each.seen))))))))));
}

function fileRoute(path) {
  const slash = path.lastIndexOf('/') + 1;
  return route('files', path.slice(0, slash), { file: path.slice(slash) });
}

function Buckets({ data }) {
  const total = data.buckets.reduce((sum, each) => sum + each.bytes, 0);
  const rows = [...data.buckets].sort((a, b) => b.bytes - a.bytes);
  return h(Panel, { title: t('nav.buckets') }, rows.length === 0 ? el.p({ class: 'muted pad' }, t('buckets.none'))
    : h(Scroll, null, el.table({ class: 'table' },
      el.thead(null, el.tr(null, el.th({ scope: 'col' }, t('name')), el.th({ scope: 'col', class: 'num' }, t('files')), el.th({ scope: 'col', class: 'num' }, t('size')), el.th({ scope: 'col' }, t('part')))),
      el.tbody(null, rows.map((each) => el.tr(null, el.th({ scope: 'row' }, el.a({ href: route('files', each.name + '/') }, each.name)),
        el.td({ class: 'num' }, number(each.files)), el.td({ class: 'num' }, bytes(each.bytes)),
        el.td({ class: 'wide-cell' }, h(Meter, { value: total ? each.bytes / total : 0, label: percent(total ? each.bytes / total : 0) }))))))));
}

function SinceStart({ data }) {
  const { ingest, reencoding, process } = data;
  const arrived = ingest.bytesKnown + ingest.bytesStored;
  const rows = [
    [t('uptime'), duration(process.uptimeSeconds)],
    [t('arrived'), bytes(arrived)],
    [t('arrivedKnown'), bytes(ingest.bytesKnown) + (arrived ? ' (' + percent(ingest.bytesKnown / arrived) + ')' : '')],
    [t('arrivedNew'), bytes(ingest.bytesStored) + ' → ' + bytes(ingest.bytesEncoded)],
    [t('reencoded'), bytes(reencoding.bytesBefore) + ' → ' + bytes(reencoding.bytesAfter)],
    [t('reencodedHow'), t('reencodedList', { d: number(reencoding.deltas), f: number(reencoding.framed), a: number(reencoding.alone) })],
    [t('heap'), bytes(process.heapBytes) + ' / ' + bytes(process.heapBytesMax)],
  ];
  return h(Panel, { title: t('sinceStart') }, el.dl({ class: 'facts' }, rows.map(([name, value]) => el.div(null, el.dt(null, name), el.dd(null, value)))));
}
