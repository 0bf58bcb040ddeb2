import { byId, setText } from './elements.js';

type Theme = 'dark' | 'light';

const key = 'ops-theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

/** The system's, until the button is pressed; pressed back to the system's, it follows that again. */
export function startTheme(changed: () => void): void {
  const button = byId<HTMLButtonElement>('theme');
  const show = (): void => {
    document.documentElement.dataset.theme = current();
    setText(button, current() === 'dark' ? 'Light' : 'Dark');
    changed();
  };
  button.addEventListener('click', () => {
    const next: Theme = current() === 'dark' ? 'light' : 'dark';
    if (next === ofSystem()) localStorage.removeItem(key);
    else localStorage.setItem(key, next);
    show();
  });
  systemIsDark.addEventListener('change', show);
  show();
}

function current(): Theme {
  const chosen = localStorage.getItem(key);
  return chosen === 'dark' || chosen === 'light' ? chosen : ofSystem();
}

function ofSystem(): Theme {
  return systemIsDark.matches ? 'dark' : 'light';
}
