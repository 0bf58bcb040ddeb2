import { expect, test } from '@jest/globals';
import { WindowsAppDouble } from '../../../client/test/windows-app/windows-app-double';
import { came, connected, pairBy, paired, say, usePageRig } from './page-rig';

const rig = usePageRig();

/** As a browser that does not know the curves of devices. */
const oldBrowser = `for (const name of crypto.subtle ? ['generateKey', 'importKey'] : []) {
  const known = crypto.subtle[name].bind(crypto.subtle);
  crypto.subtle[name] = (...given) =>
    /25519/.test(JSON.stringify(given)) ? Promise.reject(new DOMException('', 'NotSupportedError')) : known(...given);
}`;

test('by an id both show the same six digits; a browser that lacks the curves keeps its keys sealed, and is the same device again', async () => {
  const [one, other] = await Promise.all([rig.person(0, oldBrowser), rig.person(1)]);
  await connected(one.page, other.page);
  await pairBy(one.page, 'id');
  const id = await one.page.locator('#pair-id .own-id code').textContent();
  const begin = async () => {
    await pairBy(other.page, 'id');
    await other.page.fill('#other-id', ` ${id?.toLowerCase()} `);
    await other.page.press('#other-id', 'Enter');
    const digits = [one.page, other.page].map((page) => page.locator('#question #digits:visible').textContent());
    const [here, there] = await Promise.all(digits);
    expect(here).toMatch(/^\d{3} \d{3}$/);
    expect(there).toBe(here);
  };
  await begin();
  await other.page.click('#answer-differ');
  await Promise.all([one.page, other.page].map((page) => page.waitForSelector('#pairing-says[data-tone="wrong"]')));
  expect(await one.page.locator('.peer').count()).toBe(0);

  await other.page.click('#pairing-close');
  await begin();
  await Promise.all([one.page, other.page].map((page) => page.click('#answer-yes')));
  await paired(one.page, other.page);
  await one.page.reload();
  await connected(one.page);
  await say(other.page, 'Still there?');
  await came(one.page, 'Still there?').waitFor();
}, 120_000);

test('a link brings its code, which is out of the address before it is used; a wrong code is told as such', async () => {
  const [one, other] = await rig.people(0, 1);
  await connected(one.page, other.page);
  await one.page.click('#pair');
  const code = await one.page.locator('#own-code:not(:empty)').textContent();
  await other.page.goto(`${rig.pageUrl(1)}#${code}`);
  await other.page.waitForSelector('#from-link:visible');
  expect(other.page.url()).toBe(rig.pageUrl(1));
  expect(await other.page.inputValue('#code')).toBe(code);
  await other.page.press('#code', 'Enter');
  await paired(one.page, other.page);

  const relay = encodeURIComponent(rig.pageUrl(0).replace('http', 'ws').replace('/app/', '/relay'));
  const unused = '9999-crossover-clockwork';
  await pairBy(one.page, 'enter');
  const tries = [
    [`openrelay:pair?relay=wss%3A%2F%2Felsewhere.example%2Frelay&code=${unused}`, 'another relay (elsewhere.example)'],
    [`${rig.pageUrl(0)}#openrelay:pair?relay=${relay}&code=${unused}`, 'No device waits under this code'],
    ['7-crossover', 'A code is a number and two words'],
  ] as const;
  for (const [typed, told] of tries) {
    await one.page.fill('#code', typed);
    await one.page.press('#code', 'Enter');
    await one.page.waitForSelector(`#pairing-says[data-tone="wrong"] >> text=${told}`);
  }
}, 120_000);

test('where the browser keeps nothing, or deletes what it kept, a sentence says what to do', async () => {
  const denied = `IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError'); };`;
  const { page } = await rig.person(0, denied);
  await page.waitForSelector('#standing >> text=The browser keeps nothing for this page (SecurityError)');
  const one = await rig.person(0);
  await connected(one.page);
  const session = await one.context.newCDPSession(one.page);
  const { origin } = new URL(rig.pageUrl(0));
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  await one.page.waitForSelector('#standing >> text=The browser has deleted what this page kept');
}, 120_000);

test('a Windows app is paired with as legacy, and shown as such', async () => {
  const { page } = await rig.person(0);
  await connected(page);
  const app = await WindowsAppDouble.start('main', rig.cluster.edge(1).url);
  await pairBy(page, 'app');
  await page.fill('#app-id', app.id);
  await page.press('#app-id', 'Enter');
  await paired(page);
  await page.waitForSelector('.peer .legacy >> text=Legacy');
  await page.waitForSelector('#peer-note >> text=the relay can read');
  app.copy('text/plain', Buffer.from('From the tray'));
  await came(page, 'From the tray').waitFor();
  app.close();
}, 120_000);
