/** The page's own elements; every id that is asked for is in index.html. */
export function byId<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`index.html has no #${id}.`);
  return element as Kind;
}

/** Writes only what changed, so that a selection and a screen reader are left alone. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function create<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = '',
  text = '',
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  if (text !== '') element.textContent = text;
  return element;
}

export function button(text: string, act: () => void, className = ''): HTMLButtonElement {
  const made = create('button', className, text);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}
