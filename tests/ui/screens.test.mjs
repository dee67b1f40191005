// Every screen in every state, as a browser shows it: nothing is wrong in the console, axe finds nothing, nothing is
// cut off or scrolls sideways; in both themes, both languages, narrow windows and with text twice as large.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, objections, open, serve, sideways } from './pages.mjs';

/** What there is to see: each state with the screens on which it shows. */
const STATES = {
  full: ['home', 'activities', 'accounts', 'history', 'settings'],
  'first-run': [undefined],
  empty: ['home', 'activities', 'accounts', 'history'],
  loading: ['home', 'activities', 'history'],
  syncing: ['home', 'history'],
  'partly-failed': ['home', 'activities', 'history'],
  offline: ['home'],
  'needs-you': ['home', 'accounts'],
  paused: ['home'],
  metered: ['home'],
  'service-down': ['home', 'accounts'],
  broken: [undefined],
  'no-keychain': [undefined],
  'update-ready': ['home', 'settings'],
  many: ['activities'],
};
const every = Object.entries(STATES).flatMap(([demo, screens]) => screens.map((screen) => ({ demo, screen })));
const named = ({ demo, screen }) => `${screen ?? 'the whole window'}, ${demo}`;

const browser = await launch();
const skip = browser === undefined ? 'no Chromium on this computer' : false;
if (skip) console.log(`skipped: the screens in a browser (${skip})`);
let server;
before(async () => (server = await serve()));
after(async () => {
  await browser?.close();
  server.close();
});

describe('in both themes', { skip, concurrency: 2 }, () => {
  for (const theme of ['light', 'dark']) {
    for (const what of every) {
      test(`${named(what)}, ${theme}`, async () => {
        const { page, trouble, close } = await open(browser, server.address, { ...what, theme });
        assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme);
        assert.deepEqual(await objections(page), []);
        assert.deepEqual(trouble, []);
        await close();
      });
    }
  }
});

describe('at awkward moments', { skip, concurrency: 2 }, () => {
  for (const at of [
    '2026-11-22T00:03:00+01:00',
    '2027-01-01T00:00:30+01:00',
    '2027-03-28T03:00:10+02:00',
    '2026-10-25T02:30:00+01:00',
    '2028-02-29T23:59:30+01:00',
  ]) {
    for (const screen of ['home', 'activities', 'history', 'body']) {
      test(`${screen}, ${at}`, async () => {
        const { page, trouble, close } = await open(browser, server.address, { demo: 'full', screen }, { at });
        assert.doesNotMatch(await page.locator('main').innerText(), /NaN|Invalid|undefined/);
        assert.deepEqual(await objections(page), []);
        assert.deepEqual(trouble, []);
        await close();
      });
    }
  }
});

describe('in German, in the smallest window', { skip, concurrency: 2 }, () => {
  for (const what of every) {
    test(named(what), async () => {
      const size = { width: 720, height: 520 };
      const { page, trouble, close } = await open(browser, server.address, { ...what, lang: 'de' }, size);
      // Before the engine answers, nobody knows which language was chosen.
      if (what.demo !== 'loading') assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
      assert.deepEqual(await sideways(page), []);
      assert.deepEqual(await objections(page), []);
      assert.deepEqual(trouble, []);
      await close();
    });
  }
});

describe('with text twice as large', { skip, concurrency: 2 }, () => {
  for (const what of every) {
    test(named(what), async () => {
      const { page, trouble, close } = await open(browser, server.address, what, { width: 1000, height: 680, text: 2 });
      assert.deepEqual(await sideways(page), []);
      assert.deepEqual(trouble, []);
      await close();
    });
  }
});
