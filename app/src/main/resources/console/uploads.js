// Uploads: files and folders from the disk, a few at a time, each with progress and a way to stop it.
import { h, el, state, update, useShared, useState, t, api, API, encodePath, bytes, toast } from './core.js';
import { Button, Icon, Progress } from './ui.js';

const AT_ONCE = 3;
const SHOWN_MAX = 200;
const folders = new Map();

/** Puts files into a folder; each is { file, path } with its path below the folder. */
export function upload(folder, files) {
  const jobs = files.map(({ file, path }) => ({ file, target: folder + path, size: file.size, sent: 0, state: 'waiting', folder }));
  update({ uploads: [...state.uploads.filter((each) => each.state === 'waiting' || each.state === 'running'), ...jobs] });
  for (let i = 0; i < AT_ONCE; i++) next();
}

function next() {
  if (state.uploads.filter((each) => each.state === 'running').length >= AT_ONCE) return;
  const job = state.uploads.find((each) => each.state === 'waiting');
  if (!job) return;
  job.state = 'running';
  run(job).then(() => { job.state = job.cancelled ? 'cancelled' : 'done'; }, (e) => { job.state = job.cancelled ? 'cancelled' : 'failed'; job.error = e.message; })
    .then(() => {
      update({ uploads: [...state.uploads] });
      if (!state.uploads.some((each) => each.state === 'running' || each.state === 'waiting')) finished();
      next();
    });
}

function finished() {
  folders.clear();
  const failed = state.uploads.filter((each) => each.state === 'failed').length;
  const done = state.uploads.filter((each) => each.state === 'done').length;
  if (failed) toast(t('upload.failed', { n: failed }), 'bad');
  else if (done) toast(t('upload.done', { n: done }));
  dispatchEvent(new Event('varve-changed'));
}

async function run(job) {
  const parent = job.target.slice(0, job.target.lastIndexOf('/') + 1);
  if (parent !== job.folder) await folder(parent);
  if (!job.cancelled) await send(job);
}

/** Many files of a folder need it once. */
function folder(path) {
  if (!folders.has(path)) folders.set(path, api('POST', '/files/folder', { path }));
  return folders.get(path);
}

/** Only the older interface of browsers tells how much of a body is on its way. */
function send(job) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    job.request = request;
    request.open('PUT', API + '/content/' + encodePath(job.target));
    request.setRequestHeader('X-Varve-Csrf', state.session.csrf);
    request.setRequestHeader('X-Varve-Console', '1');
    request.setRequestHeader('X-OC-Mtime', String(Math.floor(job.file.lastModified / 1000)));
    request.setRequestHeader('Content-Type', job.file.type || 'application/octet-stream');
    let told = 0;
    request.upload.onprogress = (e) => {
      job.sent = e.loaded;
      if (performance.now() - told > 150) { told = performance.now(); update({ uploads: [...state.uploads] }); }
    };
    request.onload = () => {
      if (request.status < 300) { job.sent = job.size; resolve(); return; }
      let detail = t('failed', { status: request.status });
      try { detail = JSON.parse(request.responseText).detail || detail; } catch { /* No problem document: the status has to do. */ }
      reject(new Error(detail));
    };
    request.onerror = () => reject(new Error(t('offline')));
    request.onabort = () => reject(new Error(t('upload.cancelled')));
    request.send(job.file);
  });
}

function cancel(job) {
  job.cancelled = true;
  if (job.state === 'waiting') { job.state = 'cancelled'; update({ uploads: [...state.uploads] }); } else job.request?.abort();
}

/** What a person dropped, with all files of dropped folders. */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, path: file.name }));
  const found = [];
  const walk = async (entry, base) => {
    if (entry.isFile) {
      found.push({ file: await new Promise((yes, no) => entry.file(yes, no)), path: base + entry.name });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((yes, no) => reader.readEntries(yes, no));
      if (!some.length) return;
      for (const each of some) await walk(each, base + entry.name + '/');
    }
  };
  for (const entry of entries) await walk(entry, '');
  return found;
}

export function UploadTray() {
  useShared();
  const [small, setSmall] = useState(false);
  const all = state.uploads;
  if (!all.length) return null;
  const running = all.filter((each) => each.state === 'running' || each.state === 'waiting');
  const total = all.reduce((sum, each) => sum + each.size, 0);
  const sent = all.reduce((sum, each) => sum + (each.state === 'done' ? each.size : each.sent), 0);
  const title = running.length ? t('upload.running', { n: running.length }) : t('upload.ended');
  return el.section({ class: 'tray', 'aria-label': t('uploads') },
    el.header(null, el.strong(null, title), el.span({ class: 'muted' }, bytes(sent) + ' / ' + bytes(total)),
      h(Button, { icon: small ? 'back' : 'down', kind: 'quiet', label: small ? t('show') : t('hide'), 'aria-expanded': small ? 'false' : 'true', onClick: () => setSmall(!small) }),
      running.length
        ? h(Button, { icon: 'stop', kind: 'quiet', label: t('upload.cancelAll'), onClick: () => all.forEach((each) => (each.state === 'waiting' || each.state === 'running') && cancel(each)) })
        : h(Button, { icon: 'close', kind: 'quiet', label: t('close'), onClick: () => update({ uploads: [] }) })),
    h(Progress, { value: total ? sent / total : 1, label: title }),
    !small && el.ul(null, all.slice(0, SHOWN_MAX).map((job) => el.li({ class: job.state },
      h(Icon, { name: job.state === 'done' ? 'check' : job.state === 'failed' ? 'warn' : 'file' }),
      el.div(null, el.span({ class: 'name' }, job.target.slice(job.folder.length)),
        el.small({ class: job.state === 'failed' ? 'bad' : 'muted' }, job.state === 'failed' ? job.error : job.state === 'running' ? bytes(job.sent) + ' / ' + bytes(job.size) : job.state === 'cancelled' ? t('upload.cancelled') : bytes(job.size))),
      (job.state === 'running' || job.state === 'waiting') && h(Button, { icon: 'close', kind: 'quiet', label: t('upload.cancel', { name: job.target }), onClick: () => cancel(job) })))));
}
