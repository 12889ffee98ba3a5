// Parts that pages are made of.
import { h, el, Fragment, useEffect, useRef, useState, useLayoutEffect, t, state, useShared, update, copyText, bytes, duration } from './core.js';
import { Icon } from './icons.js';

export { Icon };

let lastId = 0;
export function useId() {
  const ref = useRef(null);
  ref.current ??= 'i' + ++lastId;
  return ref.current;
}

export function Button({ icon, kind = '', label, children, ...rest }) {
  const text = Array.isArray(children) ? children.length > 0 : children !== undefined && children !== null;
  return el.button({ type: 'button', class: 'button ' + kind + (text ? '' : ' bare'), ...(label ? { 'aria-label': label, title: label } : {}), ...rest },
    icon && h(Icon, { name: icon }), text && el.span(null, children));
}

export function LinkButton({ icon, kind = '', label, children, ...rest }) {
  return el.a({ class: 'button ' + kind + (children ? '' : ' bare'), ...(label ? { 'aria-label': label, title: label } : {}), ...rest },
    icon && h(Icon, { name: icon }), children && el.span(null, children));
}

export function Page({ title, actions, children, lead, wide }) {
  const heading = useRef(null);
  useEffect(() => { document.title = title + ' – Varve'; }, [title]);
  return el.div({ class: 'page' + (wide ? ' wide' : '') },
    el.header({ class: 'page-head' }, el.div(null, el.h1({ ref: heading, tabIndex: -1 }, title), lead && el.p({ class: 'lead' }, lead)),
      actions && el.div({ class: 'actions' }, actions)),
    children);
}

export function Panel({ title, aside, children, class: extra = '' }) {
  const id = useId();
  return el.section({ class: 'panel ' + extra, 'aria-labelledby': title ? id : undefined },
    title && el.header({ class: 'panel-head' }, el.h2({ id }, title), aside), children);
}

export function Empty({ icon = 'files', title, children, action }) {
  return el.div({ class: 'empty' }, el.div({ class: 'empty-mark' }, h(Icon, { name: icon, size: 28 })), el.p({ class: 'empty-title' }, title),
    children && el.p(null, children), action);
}

export function Problem({ error, retry }) {
  return el.div({ class: 'problem', role: 'alert' }, h(Icon, { name: 'warn' }), el.p(null, error.message),
    retry && h(Button, { onClick: retry }, t('again')));
}

/** Loading, failed, or what is to be shown. */
export function Loaded({ of, children }) {
  if (of.data === undefined && of.error) return h(Problem, { error: of.error, retry: of.reload });
  if (of.data === undefined) return el.div({ class: 'loading', role: 'status' }, el.span({ class: 'spinner' }), t('loading'));
  return children(of.data);
}

export function Field({ label, hint, children, error }) {
  const id = useId();
  const [child] = [children].flat();
  child.props.id = id;
  if (hint || error) child.props['aria-describedby'] = id + 'h';
  if (error) child.props['aria-invalid'] = 'true';
  return el.div({ class: 'field' }, el.label({ for: id }, label), child,
    (hint || error) && el.p({ class: error ? 'hint bad' : 'hint', id: id + 'h', role: error ? 'alert' : undefined }, error || hint));
}

/** What may be wider than the screen; the keyboard can move it. */
export function Scroll({ children }) { return el.div({ class: 'scroll', tabIndex: 0, role: 'group', 'aria-label': t('table') }, children); }

export function Badge({ kind = '', children }) { return el.span({ class: 'badge ' + kind }, children); }

export function Meter({ value, label, kind = '' }) {
  const part = Math.max(0, Math.min(1, value));
  return h('svg', { class: 'meter ' + kind, viewBox: '0 0 100 6', preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
    h('rect', { class: 'meter-all', width: 100, height: 6, rx: 0 }), h('rect', { class: 'meter-part', width: part * 100, height: 6 }));
}

/** Progress of something under way; without a value nobody knows how much is left. */
export function Progress({ value, label }) {
  return el.progress({ class: 'progress', 'aria-label': label, ...(value === undefined ? {} : { max: 1, value }) });
}

export function Code({ text, label }) {
  return el.div({ class: 'code' }, el.pre({ tabIndex: 0, role: 'region', 'aria-label': label || t('code') }, el.code(null, text)),
    h(Button, { icon: 'copy', label: t('copy'), onClick: () => copyText(text) }));
}

// ---- dialogs

export function Dialog({ title, onClose, children, actions, wide, onSubmit }) {
  const ref = useRef(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    ref.current.showModal();
    return () => before?.focus?.();
  }, []);
  return el.dialog({
    ref, class: wide ? 'dialog wide' : 'dialog', 'aria-labelledby': id,
    onCancel: (e) => { e.preventDefault(); onClose(); },
    onClick: (e) => { if (e.target === ref.current) onClose(); },
  }, el.form({ method: 'dialog', onSubmit: (e) => { e.preventDefault(); onSubmit?.(); } },
    el.header(null, el.h2({ id }, title), h(Button, { icon: 'close', label: t('close'), kind: 'quiet', onClick: onClose })),
    el.div({ class: 'dialog-body' }, children),
    actions && el.footer(null, actions)));
}

/** Asks before something that cannot be taken back easily. */
export function Confirm({ title, text, yes, danger, onYes, onClose }) {
  const [busy, setBusy] = useState(false);
  const run = async () => { setBusy(true); await onYes(); setBusy(false); onClose(); };
  return h(Dialog, {
    title, onClose, onSubmit: run,
    actions: [h(Button, { onClick: onClose }, t('cancel')), h(Button, { kind: danger ? 'danger' : 'primary', disabled: busy, type: 'submit' }, yes)],
  }, el.p(null, text));
}

export function Menu({ label, items, icon = 'more' }) {
  const [open, setOpen] = useState(false);
  const box = useRef(null);
  useEffect(() => {
    if (!open) return undefined;
    box.current.querySelector('[role=menuitem]')?.focus();
    const out = (e) => { if (!box.current.contains(e.target)) setOpen(false); };
    document.addEventListener('pointerdown', out);
    return () => document.removeEventListener('pointerdown', out);
  }, [open]);
  const close = () => { setOpen(false); box.current.querySelector('button')?.focus(); };
  const keys = (e) => {
    const all = [...box.current.querySelectorAll('[role=menuitem]')];
    const at = all.indexOf(document.activeElement);
    if (e.key === 'Escape') { e.stopPropagation(); close(); }
    if (e.key === 'ArrowDown') { e.preventDefault(); e.stopPropagation(); all[(at + 1) % all.length]?.focus(); }
    if (e.key === 'ArrowUp') { e.preventDefault(); e.stopPropagation(); all[(at - 1 + all.length) % all.length]?.focus(); }
    if (e.key === 'Tab') setOpen(false);
  };
  return el.div({ class: 'menu', ref: box, onKeyDown: open ? keys : undefined, onClick: (e) => e.stopPropagation() },
    h(Button, { icon, label, kind: 'quiet', 'aria-haspopup': 'menu', 'aria-expanded': open ? 'true' : 'false', onClick: () => setOpen(!open) }),
    open && el.div({ class: 'menu-items', role: 'menu', 'aria-label': label }, items.filter(Boolean).map((item) =>
      el.button({ type: 'button', role: 'menuitem', tabIndex: -1, class: item.danger ? 'bad' : '', onClick: () => { setOpen(false); item.run(); } },
        h(Icon, { name: item.icon }), item.label))));
}

export function Toasts() {
  useShared();
  return el.div({ class: 'toasts', role: 'status', 'aria-live': 'polite' }, state.toasts.map((each) =>
    el.div({ key: each.id, class: 'toast ' + each.kind }, h(Icon, { name: each.kind === 'bad' ? 'warn' : 'check' }), el.span(null, each.text),
      h(Button, { icon: 'close', kind: 'quiet', label: t('close'), onClick: () => update({ toasts: state.toasts.filter((one) => one !== each) }) }))));
}

// ---- charts

/** Lines over time, the area below them filled; one look says how much and when. */
export function LineChart({ series, format, seconds, label, height = 132 }) {
  const count = Math.max(2, ...series.map((each) => each.values.length));
  const top = niceTop(Math.max(1, ...series.flatMap((each) => each.values)));
  const W = 600; const H = height;
  const x = (i) => (i / (count - 1)) * W;
  const y = (v) => H - 1 - (v / top) * (H - 12);
  return el.figure({ class: 'chart' },
    h('svg', { viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label, height },
      [0.5, 1].map((part) => h('line', { class: 'grid', x1: 0, x2: W, y1: y(top * part), y2: y(top * part), 'vector-effect': 'non-scaling-stroke' })),
      series.map((each) => {
        const off = count - each.values.length;
        const points = each.values.map((v, i) => `${x(i + off).toFixed(1)},${y(v).toFixed(1)}`);
        return points.length < 2 ? null : h(Fragment, null,
          h('path', { class: 'area ' + each.kind, d: `M${x(off)},${H} L${points.join(' L')} L${W},${H} Z` }),
          h('path', { class: 'line ' + each.kind, d: 'M' + points.join(' L'), 'vector-effect': 'non-scaling-stroke' }));
      })),
    el.span({ class: 'chart-top' }, format(top)), el.span({ class: 'chart-mid' }, format(top / 2)),
    el.figcaption(null, el.span(null, '−' + duration(count * seconds)), el.span(null, t('now'))));
}

function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((each) => each * power >= value);
  return step * power;
}

export function Legend({ items }) {
  return el.ul({ class: 'legend' }, items.map((item) => el.li(null, el.span({ class: 'swatch ' + item.kind }), item.label,
    item.value !== undefined && el.strong(null, item.value))));
}

/** A core sample: bars of what is left after each way of saving, wide to narrow. */
export function CoreSample({ layers, total }) {
  return el.ol({ class: 'core' }, layers.map((layer) => {
    const part = total ? layer.bytes / total : 0;
    return el.li(null, el.div({ class: 'core-text' }, el.span(null, layer.label), el.strong(null, bytes(layer.bytes))),
      h('svg', { class: 'core-bar', viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
        h('rect', { class: 'core-ghost', width: 100, height: 10 }),
        h('rect', { class: layer.kind, width: Math.max(part * 100, layer.bytes > 0 ? 0.4 : 0), height: 10 })),
      layer.note && el.p({ class: 'core-note' }, layer.note));
  }));
}

/** Parts of a whole in one bar. */
export function Stack({ parts, total, label }) {
  let at = 0;
  return h('svg', { class: 'stack', viewBox: '0 0 100 10', preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
    h('rect', { class: 'core-ghost', width: 100, height: 10 }),
    parts.map((part) => {
      const width = total ? (part.bytes / total) * 100 : 0;
      const bar = h('rect', { class: part.kind, x: at, width, height: 10 });
      at += width;
      return bar;
    }));
}

/** How tall an element is, also when the window changes. */
export function useHeight(ref) {
  const [height, set] = useState(600);
  useLayoutEffect(() => {
    const watch = new ResizeObserver(() => set(ref.current?.clientHeight || 600));
    watch.observe(ref.current);
    return () => watch.disconnect();
  }, []);
  return height;
}
