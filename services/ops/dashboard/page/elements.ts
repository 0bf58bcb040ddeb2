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

export function create(tag: string, className = '', text = ''): HTMLElement {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  if (text !== '') element.textContent = text;
  return element;
}

/** A number with its unit beside it, smaller. */
export function setFigure(element: Element, number: string, unit = ''): void {
  if (element.children.length !== 2) element.replaceChildren(create('span', 'number'), create('span', 'unit'));
  setText(element.children[0]!, number);
  setText(element.children[1]!, unit === '' ? '' : `\u00a0${unit}`);
}
