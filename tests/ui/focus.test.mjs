// Where the keyboard goes on: the search field from anywhere, and what is to be done next in a dialog.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, open, serve } from './pages.mjs';

const browser = await launch();
const skip = browser === undefined ? 'no Chromium on this computer' : false;
if (skip) console.log(`skipped: the keyboard in a browser (${skip})`);
let server;
before(async () => (server = await serve()));
after(async () => {
  await browser?.close();
  server.close();
});

/** The words on what has the focus, or its name. */
const focused = (page) =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    return element.getAttribute('aria-label') ?? (element.placeholder || element.textContent.trim());
  });

describe('the search field', { skip }, () => {
  for (const [width, room] of [
    [1000, 'two columns'],
    [720, 'one column'],
  ]) {
    test(`is reached from an open entry, ${room}`, async () => {
      const { page, trouble, close } = await open(browser, server.address, { screen: 'activities' }, { width });
      await page.locator('[role="listbox"] [role="option"], [role="row"]').first().click();
      await page.getByRole('heading', { level: 2 }).first().waitFor();
      await page.keyboard.press('Control+f');
      assert.equal(await focused(page), 'Title, sport or date');
      for (const screen of ['1', '3']) {
        await page.keyboard.press(`Control+${screen}`);
        await page.keyboard.press('Control+f');
        assert.equal(await focused(page), 'Title, sport or date');
      }
      assert.deepEqual(trouble, []);
      await close();
    });
  }
});

test('import leads from choosing files to importing them to being done', { skip }, async () => {
  const { page, trouble, close } = await open(browser, server.address, { screen: 'activities' });
  await page.keyboard.press('Control+k');
  await page.keyboard.type('import');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Choose files' }).waitFor();
  assert.equal(await focused(page), 'Choose files…');
  await page.keyboard.press('Enter');
  await dialog.getByText('lake-loop.gpx').waitFor();
  await page.waitForTimeout(100);
  assert.match(await focused(page), /^Import 2/);
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Done' }).waitFor();
  await page.waitForTimeout(100);
  assert.equal(await focused(page), 'Done');
  assert.deepEqual(trouble, []);
  await close();
});

test('files that are dropped can be imported with Enter', { skip }, async () => {
  const { page, trouble, close } = await open(browser, server.address, { screen: 'home' });
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['x'], 'ride.fit'));
    for (const type of ['dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }
  });
  await page.getByRole('dialog').getByText('ride.fit').waitFor();
  await page.waitForTimeout(100);
  assert.match(await focused(page), /^Import /);
  assert.deepEqual(trouble, []);
  await close();
});

test('the licences open with their search, which says how many there are', { skip }, async () => {
  const { page, trouble, close } = await open(browser, server.address, { screen: 'settings' });
  await page.getByRole('button', { name: /^Open/ }).nth(1).click();
  const dialog = page.getByRole('dialog', { name: 'Licences' });
  await dialog.getByText('uplot').waitFor();
  assert.equal(await focused(page), 'Name or licence');
  await page.keyboard.type('uplot');
  await dialog.getByText('One library').waitFor();
  assert.equal(await dialog.getByRole('listitem').count(), 1);
  assert.deepEqual(trouble, []);
  await close();
});
