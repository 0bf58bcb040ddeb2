/** Loads the page, and loads it anew when a part of it got lost on the way: half a page would show nothing and say nothing. */
const key = 'ops-reloads';
const mostReloads = 5;
const pauseMs = 1000;

try {
  await import('./main.js');
  const styles = document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]');
  if ([...styles].some(({ sheet }) => sheet === null)) throw new Error('A style sheet is missing.');
  sessionStorage.removeItem(key);
} catch {
  const reloads = Number(sessionStorage.getItem(key)) + 1;
  const line = document.querySelector('#verdict-line')!;
  line.textContent =
    reloads > mostReloads ? 'The page did not load: is ops there?' : 'The page did not load, trying again';
  sessionStorage.setItem(key, String(reloads > mostReloads ? 0 : reloads));
  if (reloads <= mostReloads) setTimeout(() => location.reload(), pauseMs * reloads);
}

export {};
