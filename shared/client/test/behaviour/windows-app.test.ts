import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, startCluster, unlimited } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import type { AskAboutApp, DeviceMessage, LegacyQuestion } from '../../src/index';
import { type DeviceRig, pairDevices, startDevice } from '../device-rig';
import { patternBytes } from '../transfers-rig/memory-file';
import { type Branch, untilPasted, WindowsAppDouble } from '../windows-app/windows-app-double';

let cluster: Cluster;
const ends: (() => unknown)[] = [];
beforeAll(async () => {
  cluster = await startCluster({ edges: 2, env: unlimited });
});
afterEach(async () => void (await Promise.all(ends.splice(0).map((end) => end()))));
afterAll(() => cluster.stop());

type Read = DeviceRig & { readonly read: DeviceMessage['content'][]; readonly told: string[] };

async function startOwn(): Promise<Read> {
  const read: DeviceMessage['content'][] = [];
  const told: string[] = [];
  const rig = await startDevice('Pixel é', cluster.edge(0).url, {
    onMessage: ({ content }) => void read.push(content),
    handlers: { windowsApp: ({ name }) => void told.push(name) },
  });
  ends.push(() => rig.close());
  return Object.assign(rig, { read, told });
}

async function startApp(branch: Branch): Promise<WindowsAppDouble> {
  const app = await WindowsAppDouble.start(branch, cluster.edge(1).url);
  ends.push(() => app.close());
  return app;
}

/** What the app made of it. */
async function askedBy({ device }: Read, app: WindowsAppDouble, ask: AskAboutApp): Promise<string> {
  let begin!: () => void;
  const ready = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const waiting = device.windowsApp.awaitRequest({ ask, onReady: begin });
  await Promise.race([ready, waiting]);
  const [outcome] = await Promise.all([app.addDevice(device.identity.id), waiting]);
  return outcome;
}

const trust = async () => 'trust' as const;
/** As a PNG begins, with a size; the rest is of no matter to anybody here. */
const picture = (bytes: number) =>
  Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d494844520000000a0000000b', 'hex'), patternBytes(bytes)]);

describe.each<Branch>(['main', 'dev'])('the Windows app of %s', (branch) => {
  const paired = {
    'the device asked': async (own: Read, app: WindowsAppDouble) =>
      void (await own.device.windowsApp.pair(` ${app.id}\n`)),
    'the app asked': async (own: Read, app: WindowsAppDouble) => {
      expect(await askedBy(own, app, trust)).toBe('stored');
    },
  };

  test.each(['the device asked', 'the app asked'] as const)('when %s, texts and images go both ways', async (who) => {
    const [own, app] = [await startOwn(), await startApp(branch)];
    await paired[who](own, app);
    expect(app.dialogs).toEqual(who === 'the app asked' ? [] : ['Pixel é']);
    expect(own.device.peers.list()).toMatchObject([
      { id: app.id, name: 'PC <Büro>', kind: 'legacy', mayIntroduce: false },
    ]);

    await own.device.send(app.id, { text: 'Grüße\r\n+' });
    await untilPasted(app, 'text/plain', Buffer.from('Grüße\r\n+'));
    await own.device.send(app.id, { image: picture(100_000), mime: 'image/png' });
    await untilPasted(app, 'image/png', picture(100_000));

    app.copy('text/plain', Buffer.from('vom PC: <+>'));
    await eventually(() => expect(own.read).toEqual([{ text: 'vom PC: <+>' }]));
    app.copy('image/png', picture(90_000).fill(7, 16, 24));
    await eventually(() => expect(own.read).toHaveLength(2));
    const { image } = own.read[1] as { image: Uint8Array };
    expect(Buffer.from(image).equals(picture(90_000).fill(7, 16, 24))).toBe(true);

    await own.restart();
    app.rotate(own.device.identity.id);
    app.copy('text/plain', Buffer.from('under another key id'));
    await eventually(() => expect(own.read[2]).toEqual({ text: 'under another key id' }));
    await own.device.send(app.id, { text: 'after a restart' });
    await untilPasted(app, 'text/plain', Buffer.from('after a restart'));
    expect(own.told).toEqual([]);
  });

  test('an image that Windows encodes anew and sends back is an echo', async () => {
    const [own, app] = [await startOwn(), await startApp(branch)];
    await paired['the device asked'](own, app);
    app.reportsImages = true;
    await own.device.send(app.id, { image: picture(1_000), mime: 'image/png' });
    await untilPasted(app, 'image/png', picture(1_000));
    app.copy('text/plain', Buffer.from('and then a text'));
    await eventually(() => expect(own.read).toEqual([{ text: 'and then a text' }]));
  });

  test('a user who declines is told of, on either side, and nothing is kept', async () => {
    const [own, app] = [await startOwn(), await startApp(branch)];
    app.decide = async () => 'decline';
    await expect(own.device.windowsApp.pair(app.id)).rejects.toMatchObject({ code: 'declined' });
    const asked: LegacyQuestion[] = [];
    const refuse = async (question: LegacyQuestion) => {
      asked.push(question);
      return 'refuse' as const;
    };
    await expect(askedBy(own, app, refuse)).rejects.toMatchObject({ code: 'declined' });
    expect(asked).toMatchObject([{ name: 'PC <Büro>', id: app.id, replaces: undefined }]);
    expect(own.device.peers.list()).toEqual([]);
  });

  test('a key that was lost comes back without a question; a device that was removed is asked for again', async () => {
    const [own, app] = [await startOwn(), await startApp(branch)];
    await paired['the device asked'](own, app);
    await own.device.forget(app.id);
    expect(own.device.peers.list()).toEqual([]);
    await paired['the device asked'](own, app);
    expect(app.dialogs).toHaveLength(1);
    app.stored.length = 0;
    await paired['the device asked'](own, app);
    expect(app.dialogs).toHaveLength(2);
    await own.device.send(app.id, { text: 'under the new key' });
    await untilPasted(app, 'text/plain', Buffer.from('under the new key'));
  });
});

test('what is larger than one message goes in chunks, and a clip that comes in chunks is put together', async () => {
  const [own, app] = [await startOwn(), await startApp('main')];
  await own.device.windowsApp.pair(app.id);
  await own.device.send(app.id, { image: picture(900_000), mime: 'image/png' });
  await untilPasted(app, 'image/png', picture(900_000));
  const text = 'x'.repeat(300_000);
  app.copy('text/plain', Buffer.from(text));
  await eventually(() => expect(own.read).toEqual([{ text }]));
});

test('an app that nobody waits for gets nothing, and its user’s wish is told', async () => {
  const [own, app] = [await startOwn(), await startApp('main')];
  await own.device.link.setContacts({ accept: 'anyone' });
  void app.addDevice(own.device.identity.id);
  await eventually(() => expect(own.told).toEqual(['asked']));
  expect(own.device.peers.list()).toEqual([]);
});

test('a device that is paired better is never taken for an app, nor written to as one', async () => {
  const [own, other] = [await startOwn(), await startOwn()];
  await pairDevices(own, other);
  const id = other.device.identity.id;
  await expect(own.device.windowsApp.pair(id)).rejects.toMatchObject({ code: 'better-paired' });
  const forged = Buffer.from('{"type":"ClipboardUpdate","format":"text/plain","data":"AAAA"}');
  await other.device.outbox.send({ recipientId: own.device.identity.id, data: forged });
  await eventually(() => expect(own.told).toEqual(['refused']));
  expect(own.read).toEqual([]);
});

test('what the app can’t do is said in a sentence', async () => {
  const [own, app] = [await startOwn(), await startApp('main')];
  await expect(own.device.windowsApp.pair('nothing')).rejects.toMatchObject({ code: 'no-id' });
  await expect(own.device.windowsApp.pair(own.device.identity.id)).rejects.toMatchObject({ code: 'no-id' });
  await own.device.windowsApp.pair(app.id);
  const knowsTexts = { code: 'legacy', message: 'PC <Büro> is a Windows app, which knows texts and images alone.' };
  await expect(own.device.rotate(app.id)).rejects.toMatchObject(knowsTexts);
  await expect(own.device.send(app.id, { head: { t: 'x' }, body: new Uint8Array(0) })).rejects.toMatchObject(
    knowsTexts,
  );
  await expect(own.device.introduce(app.id, app.id)).rejects.toThrow('knows no introductions');
  const wrong = own.device.send(app.id, { image: picture(10), mime: 'image/gif' });
  await expect(wrong).rejects.toMatchObject({ code: 'unsupported' });
});
