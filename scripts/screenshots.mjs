// Takes the pictures of README from the window on canned data: docs/images/*.png.
// Usage: node scripts/screenshots.mjs [--browser PROGRAM]      needs Chromium or Chrome
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const images = join(root, 'docs/images');
/** The same evening in every picture, so that they change only where the window does. */
const now = new Date('2026-11-20T18:42:00Z');
/** The window as it opens first, unless a picture says otherwise. */
const usual = { width: 1000, height: 680 };

/** Name, address of the window on canned data, and what to do before the picture is taken. */
const pictures = [
  { name: 'home', query: 'demo=full&screen=home&theme=light' },
  {
    name: 'activity',
    query: 'demo=full&screen=activities&theme=dark&entry=Power Zone',
    size: { width: 1280, height: 800 },
  },
  { name: 'plan', query: 'demo=first-run&theme=light', before: firstSync },
];

/** The first program of the path that is a Chromium. */
function findBrowser() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not here.
      }
    }
  }
  throw new Error(`none of these is installed: ${names.join(', ')}`);
}

/** The four steps of the first run, up to the plan. */
async function firstSync(page) {
  const press = (name) => page.getByRole('button', { name }).click();
  for (const service of ['Peloton', 'Garmin Connect']) {
    await page
      .getByRole('group')
      .getByRole('button', { name: service })
      .or(page.getByRole('checkbox', { name: service }))
      .click();
    await press('Continue');
  }
  for (const service of ['Peloton', 'Garmin Connect']) {
    await press(`Connect ${service}`);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: /^Continue/ }).click();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
  }
  await press('Continue');
  await page.getByRole('button', { name: /^Send \d+/ }).waitFor();
}

const { values } = parseArgs({ options: { browser: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'baton-pictures-'));
const configFile = join(root, 'vite.config.ts');
let server;
let browser;
try {
  // Not as "production": the app's own build leaves the canned data out.
  await build({ configFile, mode: 'demo', logLevel: 'error', build: { outDir: folder, emptyOutDir: true } });
  server = await preview({
    configFile,
    mode: 'demo',
    logLevel: 'error',
    build: { outDir: folder },
    preview: { port: 0, strictPort: false },
  });
  const address = `http://127.0.0.1:${server.httpServer.address().port}/`;
  browser = await chromium.launch({
    executablePath: values.browser ?? findBrowser(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const context = await browser.newContext({
    deviceScaleFactor: 2,
    locale: 'en-US',
    timezoneId: 'America/New_York',
    reducedMotion: 'reduce',
  });
  mkdirSync(images, { recursive: true });
  for (const { name, query, size = usual, before } of pictures) {
    const page = await context.newPage();
    await page.setViewportSize(size);
    const faults = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await page.clock.setFixedTime(now);
    await page.goto(`${address}?${query}`);
    await page.getByRole('main').waitFor();
    await before?.(page);
    await page.waitForLoadState('networkidle');
    await page.waitForTimeout(500);
    if (faults.length > 0) throw new Error(`${name}: ${faults.join('; ')}`);
    await page.screenshot({ path: join(images, `${name}.png`) });
    await page.close();
    console.log(`docs/images/${name}.png`);
  }
} finally {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
}
