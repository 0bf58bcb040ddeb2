import type { Desk } from '../device/desk';
import { readClipboard } from './clipboard';
import { attempt } from './conversation';
import { chosenFolders, type Dropped, droppedOn } from './dropped';
import { byId } from './elements';

/** Where texts are written, files and folders chosen or dropped, and the clipboard sent. */
export function startComposer(desk: Desk, peerId: () => string | undefined, life: AbortSignal): void {
  const text = byId<HTMLTextAreaElement>('text');
  const form = byId<HTMLFormElement>('composer');
  const toPeer = (send: (id: string) => Promise<unknown>) => {
    const id = peerId();
    if (id !== undefined) attempt(() => send(id));
  };
  const sendAll = (dropped: Dropped | Promise<Dropped>) => {
    toPeer(async (id) => {
      const { files, folders } = await dropped;
      for (const file of files) await desk.sendFile(id, file);
      for (const folder of folders) await desk.sendFolder(id, folder.name, folder.files);
    });
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    const { value } = text;
    if (value.trim() === '') return;
    text.value = '';
    toPeer((id) => desk.sendText(id, value));
    text.focus();
  };
  text.onkeydown = (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  };
  byId('send-clipboard').onclick = () => {
    toPeer(async (id) => {
      const found = await readClipboard();
      if ('text' in found) await desk.sendText(id, found.text);
      else await desk.sendFile(id, found.image);
    });
  };
  takeChoices(sendAll);
  takePastes(sendAll, text, life);
  takeDrops(byId('talk'), sendAll, life);
}

type Send = (dropped: Dropped | Promise<Dropped>) => void;

function takeChoices(send: Send): void {
  const files = byId<HTMLInputElement>('file-chooser');
  const folder = byId<HTMLInputElement>('folder-chooser');
  byId('choose-files').onclick = () => files.click();
  byId('choose-folder').onclick = () => folder.click();
  // Telephones choose no folders.
  byId('choose-folder').hidden = !('webkitdirectory' in folder);
  files.onchange = () => {
    send({ files: [...(files.files ?? [])], folders: [] });
    files.value = '';
  };
  folder.onchange = () => {
    send({ files: [], folders: chosenFolders([...(folder.files ?? [])]) });
    folder.value = '';
  };
}

/** Files and images wherever the focus is; text pasted beside a field goes into the one that is to be sent. */
function takePastes(send: Send, text: HTMLTextAreaElement, life: AbortSignal): void {
  const paste = (event: ClipboardEvent): void => {
    const isElsewhere = event.target instanceof HTMLInputElement || document.querySelector('dialog[open]') !== null;
    if (isElsewhere || event.clipboardData === null) return;
    if (event.clipboardData.files.length > 0) {
      event.preventDefault();
      send(droppedOn(event.clipboardData));
    } else if (event.target !== text) text.focus();
  };
  document.addEventListener('paste', paste, { signal: life });
}

/** A file that is dropped beside must not take the page's place. */
function takeDrops(target: HTMLElement, send: Send, life: AbortSignal): void {
  const isFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
  for (const name of ['dragover', 'drop'] as const) {
    const keepPage = (event: DragEvent) => {
      if (isFiles(event)) event.preventDefault();
    };
    window.addEventListener(name, keepPage, { signal: life });
  }
  target.ondragenter = (event) => target.classList.toggle('dropping', isFiles(event));
  target.ondragleave = (event) => {
    if (!target.contains(event.relatedTarget as Node | null)) target.classList.remove('dropping');
  };
  target.ondrop = (event) => {
    target.classList.remove('dropping');
    if (event.dataTransfer !== null && isFiles(event)) send(droppedOn(event.dataTransfer));
  };
}
