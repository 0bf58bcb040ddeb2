import type { Desk } from '../device/desk';
import { readClipboard } from './clipboard';
import { attempt } from './conversation';
import { byId } from './elements';

/** Where texts are written, files chosen or dropped, and the clipboard sent. */
export function startComposer(desk: Desk, peerId: () => string | undefined): void {
  const text = byId<HTMLTextAreaElement>('text');
  const form = byId<HTMLFormElement>('composer');
  const chooser = byId<HTMLInputElement>('file-chooser');
  const toPeer = (send: (id: string) => Promise<unknown>) => {
    const id = peerId();
    if (id !== undefined) attempt(() => send(id));
  };
  const sendFiles = (files: readonly File[]) => {
    toPeer(async (id) => {
      for (const file of files) await desk.sendFile(id, file);
    });
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const { value } = text;
    if (value.trim() === '') return;
    text.value = '';
    toPeer((id) => desk.sendText(id, value));
    text.focus();
  });
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  text.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    sendFiles(files);
  });
  byId('choose-files').addEventListener('click', () => chooser.click());
  chooser.addEventListener('change', () => {
    sendFiles([...(chooser.files ?? [])]);
    chooser.value = '';
  });
  byId('send-clipboard').addEventListener('click', () => {
    toPeer(async (id) => {
      const found = await readClipboard();
      if ('text' in found) await desk.sendText(id, found.text);
      else await desk.sendFile(id, found.image);
    });
  });
  takeDrops(byId('talk'), sendFiles);
}

/** A file that is dropped beside must not take the page's place. */
function takeDrops(target: HTMLElement, send: (files: readonly File[]) => void): void {
  const isFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
  for (const name of ['dragover', 'drop'] as const) {
    window.addEventListener(name, (event) => {
      if (isFiles(event)) event.preventDefault();
    });
  }
  target.addEventListener('dragenter', (event) => target.classList.toggle('dropping', isFiles(event)));
  target.addEventListener('dragleave', (event) => {
    if (!target.contains(event.relatedTarget as Node | null)) target.classList.remove('dropping');
  });
  target.addEventListener('drop', (event) => {
    target.classList.remove('dropping');
    send([...(event.dataTransfer?.files ?? [])]);
  });
}
