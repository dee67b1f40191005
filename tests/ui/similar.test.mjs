// What is there already and looks alike: told beside the receipt and sent anyway by one press, or by the route's own choice.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, objections, open, serve, sideways } from './pages.mjs';

const browser = await launch();
const skip = browser === undefined ? 'no Chromium on this computer' : false;
if (skip) console.log(`skipped: what is alike, in a browser (${skip})`);
let server;
before(async () => (server = await serve()));
after(async () => {
  await browser?.close();
  server.close();
});

/** Opens the activity that Baton left because a watch had recorded it. */
async function left(what, size) {
  const opened = await open(browser, server.address, { screen: 'activities', ...what }, size);
  await opened.page.getByText('20 min Core').first().click();
  await opened.page.getByRole('heading', { level: 2, name: '20 min Core' }).waitFor();
  await opened.page.getByText('Forerunner 265').scrollIntoViewIfNeeded();
  return opened;
}

test('an activity that was left says what is there, and is sent anyway', { skip }, async () => {
  const { page, trouble, close } = await left({});
  const sentence = page.getByText(/^Garmin Connect already has an activity from your Forerunner 265 at 7:56/);
  assert.match(await sentence.innerText(), /Strength, 20:24\)\./);
  const send = page.getByRole('button', { name: 'Send anyway' });
  const described = await send.getAttribute('aria-describedby');
  assert.match(await page.locator(`[id="${described}"]`).innerText(), /both are kept/);
  assert.deepEqual(await objections(page), []);
  await send.click();
  await sentence.waitFor({ state: 'detached', timeout: 15_000 });
  await page.getByRole('button', { name: 'Send anyway' }).waitFor({ state: 'detached' });
  assert.deepEqual(trouble, []);
  await close();
});

test('sent by hand and nothing more said, it is left again, and its sync says why', { skip }, async () => {
  const { page, trouble, close } = await left({});
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Send to' }).hover();
  await page.getByRole('menuitem', { name: 'Garmin Connect' }).click();
  await page.getByText('1 already there').first().waitFor({ timeout: 15_000 });
  await page.keyboard.press('Control+4');
  await page.locator('button.line').first().click();
  await page.getByText(/^20 min Core was left out\. Garmin Connect already has .* Forerunner 265/).waitFor();
  assert.deepEqual(await objections(page), []);
  assert.deepEqual(trouble, []);
  await close();
});

describe('where there is little room', { skip }, () => {
  for (const [what, size] of [
    [{ lang: 'de' }, { width: 720, height: 520 }],
    [{ theme: 'dark' }, { width: 1000, height: 680, text: 2 }],
  ]) {
    test(JSON.stringify(what), async () => {
      const { page, trouble, close } = await left(what, size);
      assert.deepEqual(await sideways(page), []);
      assert.deepEqual(trouble, []);
      await close();
    });
  }
});

test('a route is told once for all, and keeps it', { skip }, async () => {
  const { page, trouble, close } = await open(browser, server.address, { screen: 'home' });
  const route = page.getByRole('button', { name: /Peloton.*Garmin Connect/ }).first();
  await route.click();
  const choice = page.getByRole('combobox', { name: /^If a similar activity exists: / });
  assert.match(await choice.getAttribute('aria-label'), /Leave it$/);
  await choice.press('Enter');
  await page.getByRole('option', { name: 'Send anyway' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('Saved').waitFor();
  assert.match(await choice.getAttribute('aria-label'), /Send anyway$/);
  assert.deepEqual(await objections(page), []);
  await page.getByRole('button', { name: 'Done' }).click();
  await route.click();
  assert.match(await choice.getAttribute('aria-label'), /Send anyway$/);
  assert.deepEqual(trouble, []);
  await close();
});

test('a route to a folder, which tells nothing of the kind, sends each by itself or merges', { skip }, async () => {
  const { page, trouble, close } = await open(browser, server.address, { screen: 'home' });
  await page
    .getByRole('button', { name: /Peloton.*FIT/ })
    .first()
    .click();
  const choice = page.getByRole('combobox', { name: /^If a similar activity exists: / });
  assert.match(await choice.getAttribute('aria-label'), /Send each by itself$/);
  await choice.press('Enter');
  await page.getByRole('option', { name: 'Merge them' }).waitFor();
  assert.equal(await page.getByRole('option').count(), 2);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('Saved').waitFor();
  await page.getByText(/both go as one: heart rate and GPS from the watch/).waitFor();
  assert.deepEqual(await objections(page), []);
  assert.deepEqual(trouble, []);
  await close();
});

describe('what was merged says with what, and reads well', { skip }, () => {
  for (const [what, size, words] of [
    [{}, undefined, 'Sent as one with “Indoor Cycling” from Garmin Connect.'],
    [
      { lang: 'de' },
      { width: 720, height: 520 },
      'Zusammen mit „Indoor Cycling“ aus Garmin Connect als eine gesendet.',
    ],
    [
      { theme: 'dark' },
      { width: 1000, height: 680, text: 2 },
      'Sent as one with “Indoor Cycling” from Garmin Connect.',
    ],
  ]) {
    test(JSON.stringify(what), async () => {
      const { page, trouble, close } = await open(browser, server.address, { screen: 'activities', ...what }, size);
      await page.getByText('45 min Power Zone Ride').first().click();
      await page.getByText(words).scrollIntoViewIfNeeded();
      assert.deepEqual(await sideways(page), []);
      assert.deepEqual(trouble, []);
      await close();
    });
  }
});

test('a route that closes a circle names it', { skip }, async () => {
  const { page, trouble, close } = await open(browser, server.address, { screen: 'home' });
  const choose = async (end, account) => {
    await page.getByRole('combobox', { name: new RegExp(`^${end}: `) }).press('Enter');
    await page.getByRole('option', { name: account }).click();
  };
  for (const [from, to] of [
    [/^Garmin Connect/, /^Folder/],
    [/^Folder/, /^Garmin Connect/],
  ]) {
    await page.getByRole('button', { name: 'Add a route' }).click();
    await choose('From', from);
    await choose('To', to);
    await page.getByRole('status').getByText('Saved').waitFor();
    const circle = page.getByText(/^These routes go in a circle: Folder.* → Garmin Connect → Folder/);
    assert.equal(await circle.count(), from.test('Folder') ? 1 : 0);
    assert.deepEqual(await objections(page), []);
    await page.getByRole('button', { name: 'Done' }).click();
  }
  assert.deepEqual(trouble, []);
  await close();
});
