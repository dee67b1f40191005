// The Body screen as a browser shows it: each of its states in both themes, in German in the smallest window and with text
// twice as large; by keyboard; and what is asked and answered on it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, objections, open, serve, sideways } from './pages.mjs';

const STATES = ['full', 'many', 'one-weight', 'no-weights', 'body-failed', 'body-waits'];

const browser = await launch();
const skip = browser === undefined ? 'no Chromium on this computer' : false;
if (skip) console.log(`skipped: the Body screen in a browser (${skip})`);
let server;
before(async () => (server = await serve()));
after(async () => {
  await browser?.close();
  server.close();
});

/** Opens the screen by its key. */
async function body(what, size) {
  const opened = await open(browser, server.address, { screen: 'home', ...what }, size);
  await opened.page.keyboard.press('Control+5');
  await opened.page.locator('h1').waitFor();
  await opened.page.waitForTimeout(500);
  return opened;
}
const card = (page, name) => page.getByRole('region', { name, exact: true });
const period = (page, name) => page.getByRole('radio', { name, exact: true }).check({ force: true });

describe('the Body screen in both themes', { skip, concurrency: 2 }, () => {
  for (const theme of ['light', 'dark']) {
    for (const demo of STATES) {
      test(`${demo}, ${theme}`, async () => {
        const { page, trouble, close } = await body({ demo, theme });
        assert.deepEqual(await objections(page), []);
        assert.deepEqual(trouble, []);
        await close();
      });
    }
    test(`as tables, ${theme}`, async () => {
      const { page, trouble, close } = await body({ theme });
      for (const name of ['Weight and composition', 'Blood pressure'])
        await card(page, name).getByRole('button', { name: 'Show as table' }).click();
      assert.deepEqual(await objections(page), []);
      assert.deepEqual(trouble, []);
      await close();
    });
  }
});

describe('the Body screen where there is little room', { skip, concurrency: 2 }, () => {
  for (const demo of STATES) {
    test(`${demo}, in German, in the smallest window`, async () => {
      const { page, trouble, close } = await body({ demo, lang: 'de' }, { width: 720, height: 520 });
      assert.deepEqual(await sideways(page), []);
      assert.deepEqual(await objections(page), []);
      assert.deepEqual(trouble, []);
      await close();
    });
    test(`${demo}, with text twice as large`, async () => {
      const { page, trouble, close } = await body({ demo }, { width: 1000, height: 680, text: 2 });
      assert.deepEqual(await sideways(page), []);
      assert.deepEqual(trouble, []);
      await close();
    });
  }
});

describe('on the Body screen', { skip, concurrency: 2 }, () => {
  test('a period is chosen, and the charts say what they show', async () => {
    const { page, close } = await body({});
    const charts = card(page, 'Weight and composition');
    const told = async (name) => (await charts.getByRole('img', { name }).getAttribute('aria-label')) ?? '';
    const count = (text) => Number(/: ([\d,]+) values/.exec(text)?.[1].replace(',', ''));
    const month = count(await told(/^Weight: /));
    assert.ok(month > 15 && month <= 30, `${month} days of 30`);
    await period(page, '1 year');
    await page.waitForFunction(
      (before) => !document.querySelector('[role=img]').ariaLabel.includes(`: ${before} `),
      month,
    );
    const year = count(await told(/^Weight: /));
    assert.ok(year > 200 && year <= 365, `${year} days of 365`);
    await period(page, 'All');
    await page.waitForFunction(
      (before) => !document.querySelector('[role=img]').ariaLabel.includes(`: ${before} `),
      year,
    );
    assert.ok(count(await told(/^Weight: /)) > 700);
    // The first scale knew no composition.
    assert.ok(count(await told(/^Body fat: /)) < count(await told(/^Weight: /)));
    assert.match(await card(page, 'Blood pressure').innerText(), /mean of each (day|week|month)/);
    await close();
  });

  test('arrow keys read one value after the other', async () => {
    const { page, close } = await body({});
    const slider = page.getByRole('slider', { name: /Weight and composition/ });
    await slider.focus();
    const spoken = () => slider.getAttribute('aria-valuetext');
    assert.match(await spoken(), /Arrow keys/);
    await page.keyboard.press('ArrowLeft');
    const newest = await spoken();
    assert.match(newest, /Weight \d+\.\d.kg, moving mean \d+\.\d.kg, Body fat/);
    await page.keyboard.press('ArrowLeft');
    assert.notEqual(await spoken(), newest);
    await page.keyboard.press('End');
    assert.equal(await spoken(), newest);
    await page.keyboard.press('Escape');
    assert.match(await spoken(), /Arrow keys/);
    await close();
  });

  test('a table of thousands has few lines, and the last can be reached', async () => {
    const { page, close } = await body({ demo: 'many' });
    await period(page, 'All');
    await page.waitForTimeout(400);
    const pressure = card(page, 'Blood pressure');
    await pressure.getByRole('button', { name: 'Show as table' }).click();
    const table = pressure.getByRole('table');
    const rows = Number(await table.getAttribute('aria-rowcount'));
    assert.ok(rows > 4000, `${rows} lines`);
    assert.ok((await table.locator('tbody tr').count()) < 60);
    const first = await table.locator('tbody th').first().innerText();
    await pressure.getByRole('region').focus();
    await page.keyboard.press('End');
    await page.waitForFunction((last) => document.querySelector(`tr[aria-rowindex="${last}"]`) !== null, rows);
    assert.notEqual(await table.locator('tbody th').last().innerText(), first);
    assert.equal(await table.locator('caption').innerText(), 'Blood pressure, newest first');
    await close();
  });

  test('a measurement that may be somebody else’s is answered, and the answer taken back', async () => {
    const { page, trouble, close } = await body({});
    await page.getByRole('button', { name: /^Not mine: 93\.1/ }).click();
    await page.getByText(/Not yours: 93\.1.kg, .* sent nowhere/).waitFor();
    const back = page.getByRole('button', { name: 'Mine after all' });
    // The keyboard goes on there.
    await page.waitForFunction(() => document.activeElement?.textContent?.includes('Mine after all'));
    await page.getByRole('button', { name: /^Mine: 93\.1/ }).waitFor({ state: 'detached' });
    await page.getByText(/Withings isn't sure this is you: 62\.4.kg/).waitFor();
    assert.deepEqual(await objections(page), []);
    await back.click();
    await page.getByText(/Yours: 93\.1.kg, .* next sync/).waitFor();
    await page.getByText('93.1').first().waitFor();
    await page.getByRole('button', { name: /^Not mine: 62\.4/ }).click();
    await page.getByText(/Not yours: 62\.4/).waitFor();
    await page.getByText(/isn't sure/).waitFor({ state: 'detached' });
    assert.deepEqual(trouble, []);
    await close();
  });

  test('what cannot be read is said, with a way to try again', async () => {
    const { page, close } = await body({ demo: 'body-failed' });
    await page.getByText('The measurements could not be read').waitFor();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await close();
  });

  test('nothing in a period leads to everything, and from there to a sync', async () => {
    const { page, close } = await body({ demo: 'no-weights' });
    await page.getByRole('button', { name: 'Show everything' }).click();
    await page.getByText('No measurements yet').waitFor();
    await page.getByRole('button', { name: 'Sync now' }).waitFor();
    await close();
  });

  test('weights are told in pounds where that is chosen', async () => {
    const { page, close } = await body({ units: 'imperial' });
    assert.match(await card(page, 'Weight and composition').innerText(), /1\d\d\.\d\s*lb/);
    await page.getByRole('button', { name: /^Mine: 205\.3/ }).waitFor();
    await close();
  });
});

describe('measurements in Activities', { skip, concurrency: 2 }, () => {
  for (const theme of ['light', 'dark']) {
    for (const [what, title] of [
      ['a weight', 'Weight'],
      ['a blood pressure', 'Blood pressure'],
      ['one that may be somebody else’s', 'Whose is it?'],
    ]) {
      test(`${what} with its 90 days, ${theme}`, async () => {
        const { page, trouble, close } = await open(browser, server.address, { screen: 'activities', theme });
        await page.getByRole('listbox').getByText(title, { exact: true }).first().click();
        await page.getByRole('heading', { name: '90 days around it' }).waitFor();
        await page.waitForTimeout(300);
        assert.deepEqual(await objections(page), []);
        assert.deepEqual(trouble, []);
        await close();
      });
    }
  }

  test('a measurement is saved as FIT or JSON, and as nothing else', async () => {
    const { page, close } = await open(browser, server.address, { screen: 'activities' });
    await page.getByRole('listbox').getByText('Weight', { exact: true }).first().click();
    await page.getByText('Details', { exact: true }).click();
    await page.getByRole('button', { name: 'Save as' }).click();
    assert.deepEqual(await page.getByRole('menuitem').allInnerTexts(), ['FIT file', 'JSON file']);
    await close();
  });
});

test('keys of the person’s own are asked for in three steps', { skip }, async () => {
  const { page, trouble, close } = await open(browser, server.address, { screen: 'accounts' });
  await page.getByRole('button', { name: /Actions for.*Withings/i }).click();
  await page.getByRole('menuitem', { name: 'Connect another account' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('http://localhost:8765/withings').waitFor();
  assert.equal(await dialog.locator('ol > li').count(), 3);
  await dialog.getByRole('button', { name: 'Copy address' }).click();
  await dialog.getByText('Address copied').waitFor();
  assert.deepEqual(await objections(page), []);
  await dialog.getByLabel('Client ID').fill('id');
  await dialog.getByLabel('Client secret').fill('secret');
  await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
  await dialog.getByText(/choose whose measurements Baton may read/).waitFor();
  // An address that was copied before is no link that was copied now.
  assert.equal(await dialog.getByText('Link copied').count(), 0);
  await dialog.getByLabel('Weight and composition').waitFor({ timeout: 10_000 });
  assert.equal(await dialog.getByLabel('Blood pressure').isChecked(), false);
  assert.deepEqual(trouble, []);
  await close();
});
