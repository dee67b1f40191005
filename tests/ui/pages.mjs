// Opens the window's demo build in a real browser: what the tests of the screens and the screenshots share.

import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
const build = join(root, 'target', 'ui-demo');

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
};
/** The app's own content security policy, without what only Tauri needs. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'";

/** Serves the demo build on a free port of this machine. */
export async function serve() {
  if (!existsSync(join(build, 'index.html'))) throw new Error('there is no demo build: run `npm run build:demo`');
  const server = createServer(async (request, response) => {
    if (request.url === '/favicon.ico') return response.writeHead(204).end();
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname));
    const file = join(build, path === '/' ? 'index.html' : path);
    try {
      const body = await readFile(file);
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': POLICY,
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** Debian's chromium, or Chrome where that is what there is. Nothing is downloaded. */
export function launch() {
  const places = [
    process.env.BATON_BROWSER,
    '/usr/bin/chromium',
    '/usr/bin/google-chrome',
    '/usr/bin/chromium-browser',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  const executablePath = places.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) return undefined;
  const args =
    '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
  return chromium.launch({ executablePath, headless: true, args: args.split(' ') });
}

/** The address of a screen in a state. */
export function screen(address, { demo = 'full', screen, theme = 'light', lang = 'en', units = 'metric' }) {
  const query = new URLSearchParams({ demo, theme, lang, units });
  if (screen !== undefined) query.set('screen', screen);
  return `${address}/?${query}`;
}

/** A weekday's evening in Berlin, on which every screen is the same in each run. */
const EVENING = '2026-11-18T18:42:00+01:00';

/** Makes a page's clock go ahead of the computer's by `shift` milliseconds. Runs in the page; its timers stay as they are. */
function moveClock(shift) {
  const Computers = Date;
  globalThis.Date = class extends Computers {
    constructor(...parts) {
      if (parts.length === 0) super(Computers.now() + shift);
      else super(...parts);
    }
    static now() {
      return Computers.now() + shift;
    }
  };
}

/** Opens a screen at a moment and waits until it stands still. Everything that goes wrong in the page is an error here. */
export async function open(
  browser,
  address,
  what,
  { width = 1000, height = 680, scale = 1, text = 1, at = EVENING } = {},
) {
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: scale,
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
    colorScheme: what.theme === 'dark' ? 'dark' : 'light',
  });
  await context.addInitScript(moveClock, new Date(at).getTime() - Date.now());
  const page = await context.newPage();
  const trouble = [];
  page.on('pageerror', (error) => trouble.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') trouble.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(address) && !request.url().startsWith('data:'))
      trouble.push(`asked for ${request.url()}`);
  });
  await page.goto(screen(address, what));
  if (text !== 1) await page.evaluate((size) => (document.documentElement.style.fontSize = size), `${text * 100}%`);
  await page.locator('main, [role="main"], [role="dialog"], [role="alertdialog"]').first().waitFor();
  await page.waitForTimeout(250);
  return { page, trouble, close: () => context.close() };
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Everything that axe objects to, in words. */
export async function objections(page) {
  await page.evaluate(axe);
  const results = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`),
  );
}

/** Whether the page scrolls sideways, and what sticks out. */
export function sideways(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    const visible = (element) => {
      for (let box = element.parentElement; box; box = box.parentElement) {
        if (getComputedStyle(box).overflowX !== 'visible') return false;
      }
      return true;
    };
    if (document.documentElement.scrollWidth <= wide) return [];
    return [...document.body.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > wide + 1 && visible(element))
      .map((element) => `${element.tagName}.${element.className}`);
  });
}
