// Drives the console in a real browser: what a person does there, axe's accessibility rules on every page, and pictures of the pages.
// node console-browser.mjs MODULES URL USER PASSWORD [PICTURES]
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import assert from 'node:assert/strict';

const [modules, url, user, password, pictures] = process.argv.slice(2);
const require = createRequire(join(modules, 'package.json'));
const { chromium } = require('playwright-core');
const axe = require('axe-core');

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];
const PAGES = [
  ['overview', 'overview'], ['files', 'files'], ['folder', 'files/photos/2026/lake/'], ['file', 'files/documents/?file=field-report.md'],
  ['picture', 'files/photos/2026/lake/?file=shore.png'], ['search', 'files/documents/?find=*.md'], ['deleted', 'files/documents/?trash=1'], ['buckets', 'buckets'],
  ['shares', 'shares'], ['users', 'users'], ['jobs', 'jobs'], ['cache', 'cache/documents/'], ['audit', 'audit'], ['settings', 'settings'], ['connect', 'connect'], ['api', 'api'], ['account', 'account'],
];

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
let current;
try {
  await seed();
  await work();
  // Two looks are each colour and each size once; pictures are wanted of all.
  for (const look of pictures ? ['light', 'dark', 'phone'] : ['light', 'dark phone']) await lookAtAll(look);
  await inChinese();
  await narrowRights();
  console.log('worked through');
} catch (e) {
  console.log(e, current?.problems, current && (await current.locator('body').innerText()).slice(0, 2000));
  process.exitCode = 1;
} finally {
  await browser.close();
}

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1180, height: 760 }, reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'UTC', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60000);
  page.problems = [];
  current = page;
  page.on('pageerror', (e) => page.problems.push(e.message));
  page.on('console', (message) => message.type() === 'error' && page.problems.push(message.text()));
  page.on('request', (request) => /^(blob|data):/.test(request.url()) || request.url().startsWith(url) || page.problems.push('asked elsewhere: ' + request.url()));
  await page.goto(url + '/');
  return page;
}

async function signIn(page, name = user, secret = password) {
  await page.getByLabel(/User name|用户名/).fill(name);
  await page.getByLabel(/^(Password|密码)$/).fill(secret);
  await page.getByRole('button', { name: /Sign in|登录/ }).click();
  await page.waitForSelector('main h1');
}

async function see(page, where) {
  await page.goto(url + '/#/' + where);
  await page.waitForSelector('main h1');
  await page.waitForFunction(() => !document.querySelector('.loading') && document.querySelector('main .page')?.children.length > 1);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
}

async function accessible(page, name) {
  await page.evaluate(axe.source).catch(async () => page.context().newCDPSession(page).then((session) => session.send('Runtime.evaluate', { expression: axe.source })));
  const { violations } = await page.evaluate((rules) => window.axe.run(document, { runOnly: rules }), RULES);
  assert.deepEqual(violations.map((each) => each.id + ': ' + each.nodes.map((node) => node.target).join(', ')), [], name);
}

// ---- what a person does

async function work() {
  const page = await open({ acceptDownloads: true });
  await accessible(page, 'sign in');
  await page.getByLabel('User name').fill(user);
  await page.getByLabel('Password').fill('wrong-password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('The name or the password is wrong.').waitFor();
  page.problems = page.problems.filter((each) => !each.includes('401'));
  await signIn(page);
  // What a first visit costs on the wire: everything up to the first page, as it was sent.
  const sent = await page.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce((sum, each) => sum + each.transferSize, 0));
  assert.ok(sent > 10_000 && sent < 150 * 1024, 'the first load takes ' + sent + ' bytes');
  console.log('first load: ' + sent + ' bytes');

  await see(page, 'buckets');
  await page.getByRole('button', { name: 'New bucket' }).click();
  await accessible(page, 'dialog');
  await page.getByRole('dialog').getByLabel('Name').fill('fieldwork');
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await page.getByRole('link', { name: 'fieldwork' }).click();
  await page.getByText('This folder is empty').waitFor();

  await see(page, 'buckets');
  const row = page.getByRole('row', { name: /fieldwork/ });
  await row.getByRole('button', { name: 'Actions for fieldwork' }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  await page.getByRole('dialog').getByLabel('Quota').fill('much');
  await page.getByText('A number and a unit').waitFor();
  await page.getByRole('dialog').getByLabel('Quota').fill('10 GB');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await row.getByText('0% of 10.0 GB').waitFor();
  await page.getByRole('link', { name: 'fieldwork' }).click();
  await page.getByText('This folder is empty').waitFor();

  const folder = join(mkdtempSync(join(tmpdir(), 'varve-console-')), 'survey');
  mkdirSync(join(folder, 'day one'), { recursive: true });
  writeFileSync(join(folder, 'day one', 'notes 名.txt'), 'first line\nsecond line\n');
  writeFileSync(join(folder, 'top.txt'), 'top');
  await page.locator('[data-test=folder]').setInputFiles(folder);
  await page.getByText('2 files uploaded.').waitFor();
  await page.getByRole('link', { name: 'survey', exact: true }).click();
  await page.getByRole('link', { name: 'day one', exact: true }).click();
  await page.getByRole('link', { name: 'notes 名.txt' }).click();
  await page.getByText('second line').waitFor();

  writeFileSync(join(folder, 'notes 名.txt'), 'rewritten\n');
  await page.locator('[data-test=files]').setInputFiles(join(folder, 'notes 名.txt'));
  await page.getByText('1 files uploaded.').waitFor();
  await page.getByLabel('Close', { exact: true }).first().click();
  await page.getByRole('link', { name: 'notes 名.txt' }).click();
  await page.getByText('rewritten').waitFor();
  await page.getByRole('button', { name: /Restore the version/ }).click();
  await page.getByText('notes 名.txt is back.').waitFor();
  await page.getByText('second line').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download', exact: true }).click()]);
  assert.equal(download.suggestedFilename(), 'notes 名.txt');

  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByRole('button', { name: 'Create link' }).click();
  const address = await page.getByLabel('Address of the link').inputValue();
  assert.equal(await (await fetch(address)).text(), 'first line\nsecond line\n');
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).first().click();
  await page.locator('aside.details').getByLabel('Close').click();

  await page.getByRole('link', { name: 'notes 名.txt' }).focus();
  await page.keyboard.press('F2');
  await page.getByRole('dialog').getByLabel('Name').fill('renamed.txt');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'renamed.txt' }).waitFor();
  await page.getByRole('link', { name: 'renamed.txt' }).focus();
  await page.keyboard.press('Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('This folder is empty').waitFor();
  await page.getByRole('link', { name: 'Deleted files' }).click();
  await page.getByRole('button', { name: 'Actions for renamed.txt' }).click();
  await page.getByRole('menuitem', { name: 'Restore' }).click();
  await page.getByText('renamed.txt is back.').waitFor();
  await dropped(page);

  await see(page, 'users');
  await page.getByRole('button', { name: 'New user' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('reader');
  await page.getByRole('dialog').getByLabel('Role').selectOption('readonly');
  await page.getByRole('dialog').getByLabel('Password').fill('only-reading-1');
  await page.getByRole('dialog').getByLabel(/For the console alone/).check();
  await accessible(page, 'user');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  const reader = page.getByRole('row', { name: /reader/ });
  await reader.getByText('console only').waitFor();
  await reader.getByRole('button', { name: 'Actions for reader' }).click();
  await page.getByRole('menuitem', { name: 'Change' }).click();
  await page.getByRole('dialog').getByLabel(/For the console alone/).uncheck();
  await page.getByText('Another kind needs a new password.').waitFor();
  assert.ok(await page.getByRole('dialog').getByRole('button', { name: 'Save' }).isDisabled());
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

  await see(page, 'buckets');
  await page.getByRole('button', { name: 'Actions for fieldwork' }).click();
  await page.getByRole('menuitem', { name: 'Rights' }).click();
  await page.getByRole('dialog').getByLabel(/For every user/).uncheck();
  await page.getByRole('dialog').getByLabel('Single user').fill('reader');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByRole('dialog').getByLabel('What reader may do').selectOption('write');
  await accessible(page, 'rights');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  await see(page, 'jobs');
  await page.locator('.job-kind').filter({ hasText: 'Garbage collection' }).getByRole('button', { name: 'Run', exact: true }).click();
  await page.locator('.job-list').getByText('done').first().waitFor();
  const ended = page.waitForResponse((response) => response.request().method() === 'DELETE' && response.url().endsWith('/session'));
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.ok((await ended).ok());
  assert.ok(!(await page.getByText('Your session has ended').isVisible()));
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

/** A huge folder is shown by the rows that are to be seen, and files that are dropped on it are uploaded. */
async function dropped(page) {
  await see(page, 'files/projects/varve/');
  assert.ok((await page.locator('.entry').count()) < 60, 'only rows that are to be seen are there');
  await page.waitForFunction(() => {
    const body = document.querySelector('.entries-body');
    body.scrollTop = body.scrollHeight;
    return body.textContent.includes('sample-1199.dat');
  });
  await see(page, 'files/fieldwork/');
  await page.getByRole('button', { name: 'Upload', exact: true }).waitFor();
  const transfer = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['dropped here'], 'dropped.txt', { type: 'text/plain' }));
    return data;
  });
  await page.dispatchEvent('.browser', 'drop', { dataTransfer: transfer });
  await page.getByRole('link', { name: 'dropped.txt' }).waitFor();
  const moment = new Date(Date.now() - 1000).toISOString().slice(0, 19).replaceAll(':', '') + 'Z';
  await see(page, 'files/documents/?at=' + moment);
  await page.getByText(/You see the share as it was/).waitFor();
  // The picker goes to the day that somebody chose, before there was anything.
  await page.getByRole('button', { name: 'As it was' }).click();
  await page.getByLabel('Date and time').fill('2020-02-29T12:34');
  await page.getByRole('dialog').getByRole('button', { name: 'Show' }).click();
  await page.waitForURL(/at=2020-02-29T123400Z/);
  await page.getByText('29 Feb 2020').waitFor();
  await page.getByRole('link', { name: 'Back to now' }).click();
  await page.getByRole('link', { name: 'field-report.md' }).waitFor();
  page.problems = page.problems.filter((each) => !each.includes('404'));
}

// ---- how it looks

async function lookAtAll(look) {
  const phone = look.endsWith('phone');
  const colours = { colorScheme: look.startsWith('dark') ? 'dark' : 'light' };
  const page = await open(phone ? { ...colours, viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true } : colours);
  if (!phone) {
    await page.getByRole('heading', { name: 'Varve' }).waitFor();
    await picture(page, 'sign-in', look);
  }
  await signIn(page);
  for (const [name, where] of PAGES) {
    await see(page, where);
    await accessible(page, look + ' ' + name);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, look + ' ' + name + ' is ' + wide + ' pixels too wide');
    await picture(page, name, look);
  }
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

async function picture(page, name, look) {
  if (pictures) await page.screenshot({ path: join(pictures, name + '-' + look + '.png') });
}

async function inChinese() {
  const page = await open({ locale: 'zh-CN' });
  await signIn(page);
  await page.getByRole('heading', { name: '概览' }).waitFor();
  await picture(page, 'overview', 'chinese');
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-CN');
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

/** Who may not change anything, and whose password opens the console alone, is offered nothing that would fail. */
async function narrowRights() {
  const page = await open();
  await signIn(page, 'reader', 'only-reading-1');
  assert.equal(await page.getByRole('link', { name: 'Users' }).count(), 0);
  await see(page, 'files/documents/');
  assert.equal(await page.getByRole('button', { name: 'Upload', exact: true }).count(), 0);
  // But where a bucket was opened to them.
  await see(page, 'files/fieldwork/');
  await page.getByRole('button', { name: 'Upload', exact: true }).waitFor();
  await see(page, 'connect');
  await page.getByText('Your password is for the console alone').waitFor();
  await page.getByRole('tab', { name: 'rclone', exact: true }).click();
  await page.getByText('access_key_id=ACCESSKEY secret_access_key=SECRET').waitFor();
  await accessible(page, 'connect by key pair');
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

// ---- something to look at

async function send(method, path, body, type = 'application/json') {
  const answer = await fetch(url + path, { method, body, headers: { Authorization: 'Basic ' + Buffer.from(user + ':' + password).toString('base64'), 'Content-Type': type } });
  if (!answer.ok) throw new Error(method + ' ' + path + ': ' + answer.status + ' ' + await answer.text());
}

async function seed() {
  let state = 7;
  const random = (n) => { state = (state * 1103515245 + 12345) % 2147483648; return state % n; };
  const WORDS = 'the lake layer year sediment spring flood clay silt core depth sample light dark varve count season drift ice melt river delta shore stone sand record warm cold'.split(' ');
  const words = (count) => Array.from({ length: count }, () => WORDS[random(WORDS.length)]).join(' ');
  for (const name of ['documents', 'photos', 'projects', 'backups']) await send('POST', '/api/v1/buckets', JSON.stringify({ name }));
  for (const path of ['photos/2026/lake/', 'photos/2025/', 'documents/contracts/', 'documents/minutes/', 'projects/varve/']) await send('POST', '/api/v1/files/folder', JSON.stringify({ path }));
  const paragraphs = Array.from({ length: 160 }, () => words(120));
  for (let version = 0; version < 9; version++) {
    for (let i = 0; i < 3; i++) paragraphs[random(160)] = words(120);
    await send('PUT', '/api/v1/content/documents/field-report.md', '# Field report\n\n' + paragraphs.join('\n\n'), 'text/markdown');
  }
  for (let i = 1; i < 13; i++) await send('PUT', `/api/v1/content/documents/minutes/2026-${String(i).padStart(2, '0')}.txt`, paragraphs.slice(i * 4, i * 4 + 40).join('\n\n'), 'text/plain');
  for (const name of ['budget.csv', 'read me.txt', 'Übersicht.md']) await send('PUT', '/api/v1/content/documents/' + encodeURIComponent(name), paragraphs.slice(0, 30).join('\n'), 'text/plain');
  const names = ['shore', 'north-bay', 'reeds', 'core-07', 'core-08', 'thaw'];
  for (let i = 0; i < names.length; i++) await send('PUT', `/api/v1/content/photos/2026/lake/${names[i]}.png`, png(320, 210, i), 'image/png');
  for (let i = 0; i < 4; i++) await send('PUT', `/api/v1/content/backups/site-${i}.tar`, words(20000) + paragraphs.join('\n').repeat(8), 'application/x-tar');
  for (let i = 0; i < 1200; i += 50) await Promise.all(Array.from({ length: 50 }, (_, j) => send('PUT', `/api/v1/content/projects/varve/sample-${String(i + j).padStart(4, '0')}.dat`, words(10), 'text/plain')));
  await send('POST', '/api/v1/users', JSON.stringify({ name: 'alice', password: 'wonderland-1865', role: 'user' }));
  await send('DELETE', '/api/v1/files?path=documents/budget.csv');
  await send('POST', '/api/v1/shares', JSON.stringify({ path: 'photos/2026/lake/shore.png', hours: 168 }));
  await send('POST', '/api/v1/jobs', JSON.stringify({ kind: 'scrub' }));
}

/** A picture of layers, in PNG's format (ISO/IEC 15948). */
function png(width, height, seed) {
  const colours = [[36, 80, 90], [79, 128, 135], [157, 183, 181], [216, 185, 138], [185, 119, 63], [240, 232, 214]];
  const rows = [];
  for (let y = 0; y < height; y++) {
    const row = Buffer.alloc(1 + width * 3);
    for (let x = 0; x < width; x++) {
      const layer = (y / height) * 6 + 0.35 * Math.sin((x / width) * 5 + seed) + 0.2 * Math.sin((x / width) * 11 + seed * 2);
      const colour = colours[(Math.max(0, Math.min(5, Math.floor(layer))) + seed) % 6];
      const shade = 0.88 + 0.12 * Math.sin(layer * 40);
      colour.forEach((part, i) => { row[1 + x * 3 + i] = part * shade; });
    }
    rows.push(row);
  }
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length, 0);
    body.copy(framed, 4);
    framed.writeUInt32BE(crc32(body), body.length + 4);
    return framed;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0))]);
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
