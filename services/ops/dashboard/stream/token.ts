import { byId } from '../page/elements.js';

const key = 'ops-token';

/** Kept while this tab is open, and nowhere else. */
export function authorization(): Record<string, string> {
  const token = sessionStorage.getItem(key);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** Asks until something is entered. */
export function askForToken(): Promise<void> {
  const dialog = byId<HTMLDialogElement>('token');
  const input = byId<HTMLInputElement>('token-input');
  byId('token-wrong').hidden = sessionStorage.getItem(key) === null;
  input.value = '';
  return new Promise((resolve) => {
    // Escape closes a dialog, and without the token there is nothing else to do here.
    dialog.onclose = () => dialog.showModal();
    byId<HTMLFormElement>('token-form').onsubmit = (event) => {
      event.preventDefault();
      sessionStorage.setItem(key, input.value.trim());
      dialog.onclose = null;
      dialog.close();
      resolve();
    };
    if (!dialog.open) dialog.showModal();
  });
}
