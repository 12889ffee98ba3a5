// What every page uses: elements, state, the REST client, words, addresses, and how figures are written.
import { h, render, Fragment } from './lib/preact.js';
import { useState, useEffect, useRef, useMemo, useCallback, useLayoutEffect } from './lib/hooks.js';

export { h, render, Fragment, useState, useEffect, useRef, useMemo, useCallback, useLayoutEffect };

/** el.div({ class: 'x' }, child, …) */
export const el = new Proxy({}, { get: (_, tag) => (props, ...children) => h(tag, props, ...children) });

// ---- state that all pages share

const listeners = new Set();
export const state = { session: null, lang: 'en', words: {}, route: null, uploads: [], toasts: [] };

export function update(change) {
  Object.assign(state, change);
  listeners.forEach((listener) => listener());
}

export function useShared() {
  const [, again] = useState(0);
  useEffect(() => {
    const listener = () => again((n) => n + 1);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return state;
}

// ---- words

const LANGUAGES = ['en', 'zh'];

export async function setLanguage(lang) {
  const words = (await import('./lang/' + lang + '.js')).default;
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  keep('lang', lang);
  update({ lang, words });
}

export function preferredLanguage() {
  const known = kept('lang');
  if (LANGUAGES.includes(known)) return known;
  return (navigator.languages || ['en']).some((l) => l.toLowerCase().startsWith('zh')) &&
    !(navigator.language || '').toLowerCase().startsWith('en') ? 'zh' : 'en';
}

/** A text of the dictionary; {name} is replaced by the value of that name. */
export function t(key, values) {
  const text = state.words[key] ?? key;
  return values ? text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '') : text;
}

/** Text and elements: {name} is replaced by an element. */
export function tx(key, values) {
  return (state.words[key] ?? key).split(/(\{\w+\})/).map((part) =>
    part.startsWith('{') ? values[part.slice(1, -1)] : part);
}

// ---- what the browser keeps

export function keep(name, value) {
  try { localStorage.setItem('varve.' + name, value); } catch { /* Private windows may refuse; then it is chosen again. */ }
}

export function kept(name) {
  try { return localStorage.getItem('varve.' + name); } catch { return null; }
}

export function applyTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

// ---- REST

export const API = '/api/v1';

/** An answer that is no success; its message is for people. */
export class ApiError extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

export async function api(method, path, body, options = {}) {
  const headers = { 'X-Varve-Console': '1', ...options.headers };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && state.session?.csrf) headers['X-Varve-Csrf'] = state.session.csrf;
  let response;
  try {
    response = await fetch(API + path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: options.signal,
      credentials: 'same-origin',
    });
  } catch (e) {
    if (e.name === 'AbortError') throw e;
    throw new ApiError(0, t('offline'));
  }
  const text = await response.text();
  let answer = null;
  try { answer = text ? JSON.parse(text) : null; } catch { answer = null; }
  if (!response.ok) {
    if (response.status === 401 && state.session) update({ session: null, ended: true });
    throw new ApiError(response.status, answer?.detail || t('failed', { status: response.status }));
  }
  return answer;
}

export const get = (path, options) => api('GET', path, undefined, options);
export const query = (values) => '?' + new URLSearchParams(values).toString();

/** The address of a file's bytes. */
export function contentUrl(path, at) {
  return API + '/content/' + (at ? '.at/' + encodeURIComponent(at) + '/' : '') + encodePath(path);
}

export const encodePath = (path) => path.split('/').map(encodeURIComponent).join('/');

/** Loads something and again on demand or every so many milliseconds. */
export function useLoad(load, inputs, every) {
  const [result, set] = useState({ loading: true });
  const [turn, again] = useState(0);
  useEffect(() => {
    const control = new AbortController();
    let timer;
    const run = async () => {
      try {
        const data = await load(control.signal);
        if (!control.signal.aborted) set({ data });
      } catch (e) {
        if (!control.signal.aborted && e.name !== 'AbortError') set((old) => ({ ...old, loading: false, error: e }));
      }
      if (every && !control.signal.aborted) {
        timer = setTimeout(document.hidden ? wait : run, every);
      }
    };
    const wait = () => { timer = setTimeout(document.hidden ? wait : run, every); };
    run();
    return () => { control.abort(); clearTimeout(timer); };
  }, [...inputs, turn]);
  return { ...result, reload: () => again((n) => n + 1) };
}

// ---- addresses: #/files/bucket/folder/?at=…

export function parseRoute() {
  const hash = location.hash.replace(/^#\/?/, '');
  const mark = hash.indexOf('?');
  const path = mark < 0 ? hash : hash.slice(0, mark);
  const slash = path.indexOf('/');
  const decode = (text) => { try { return decodeURIComponent(text); } catch { return text; } };
  return {
    page: slash < 0 ? path : path.slice(0, slash),
    rest: slash < 0 ? '' : path.slice(slash + 1).split('/').map(decode).join('/'),
    query: Object.fromEntries(new URLSearchParams(mark < 0 ? '' : hash.slice(mark + 1))),
  };
}

export function route(page, rest = '', values = {}) {
  const given = Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined && v !== null && v !== ''));
  const tail = Object.keys(given).length ? query(given) : '';
  return '#/' + page + (rest ? '/' + encodePath(rest) : '') + tail;
}

export function go(...where) { location.hash = route(...where); }

// ---- figures

const locale = () => (state.lang === 'zh' ? 'zh-CN' : 'en-GB');

export function bytes(count) {
  if (count === null || count === undefined || count < 0) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = count; let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) { value /= 1000; unit++; }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value) + ' ' + units[unit];
}

const SIZES = [['TiB', 2 ** 40], ['TB', 1e12], ['GiB', 2 ** 30], ['GB', 1e9], ['MiB', 2 ** 20], ['MB', 1e6], ['KiB', 2 ** 10], ['kB', 1e3], ['B', 1]];

/** An amount of bytes as somebody types it, such as 10 GB or 1.5GiB; null if it is none. */
export function sizeOf(text) {
  const [, value, unit] = text.trim().match(/^(\d+(?:\.\d+)?)\s*([a-z]*)$/i) || [];
  const size = unit === '' ? 1 : SIZES.find(([name]) => name.toLowerCase() === (unit || '').toLowerCase())?.[1];
  return value === undefined || !size || value * size > Number.MAX_SAFE_INTEGER ? null : Math.round(value * size);
}

/** The same amount in its largest whole unit. */
export function sizeText(count) {
  const [name, size] = SIZES.find(([, each]) => count >= each && count % each === 0) || ['B', 1];
  return count / size + ' ' + name;
}

export const number = (value) => new Intl.NumberFormat(locale()).format(value);
export const percent = (part, digits = 0) => new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: digits }).format(part);

export function moment(text, seconds = false) {
  if (!text) return '–';
  return new Intl.DateTimeFormat(locale(), {
    year: 'numeric', month: 'short', day: '2-digit', hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' } : {}), hour12: false,
  }).format(new Date(text));
}

export function ago(text) {
  const seconds = (Date.now() - new Date(text)) / 1000;
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  const steps = [[60, 'second', 1], [3600, 'minute', 60], [86400, 'hour', 3600], [86400 * 30, 'day', 86400], [86400 * 365, 'month', 86400 * 30], [Infinity, 'year', 86400 * 365]];
  const [, unit, size] = steps.find(([limit]) => Math.abs(seconds) < limit);
  return format.format(-Math.round(seconds / size), unit);
}

export function duration(seconds) {
  if (seconds < 60) return t('seconds', { n: Math.round(seconds) });
  if (seconds < 3600) return t('minutes', { n: Math.round(seconds / 60) });
  if (seconds < 172800) return t('hours', { n: Math.round(seconds / 3600) });
  return t('days', { n: Math.round(seconds / 86400) });
}

// ---- telling

let toastId = 0;
export function toast(text, kind = 'ok') {
  const id = ++toastId;
  update({ toasts: [...state.toasts.slice(-3), { id, text, kind }] });
  setTimeout(() => update({ toasts: state.toasts.filter((each) => each.id !== id) }), kind === 'bad' ? 9000 : 4000);
}

/** Runs something a person asked for, and says so if it fails. */
export async function attempt(action, done) {
  try {
    const result = await action();
    if (done) toast(done);
    return result;
  } catch (e) {
    if (e.name !== 'AbortError') toast(e.message, 'bad');
    return undefined;
  }
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without TLS there is no clipboard interface; a selection still can be copied.
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  toast(t('copied'));
}
