import { byId, create, setText } from './elements';

type Field = { readonly label: string; readonly value: string } & (
  | { readonly kind: 'text' }
  | { readonly kind: 'choice'; readonly options: readonly { readonly value: string; readonly text: string }[] }
);

export type Question = {
  readonly title: string;
  readonly text: string;
  /** What the button says that does it. */
  readonly action: string;
  readonly tone?: 'wrong' | undefined;
  readonly field?: Field | undefined;
};

/** Resolves with what was entered (empty without a field), or with nothing when the user cancelled. */
export function ask({ title, text, action, tone, field }: Question): Promise<string | undefined> {
  const dialog = byId<HTMLDialogElement>('ask');
  setText(byId('ask-title'), title);
  setText(byId('ask-text'), text);
  const go = byId<HTMLButtonElement>('ask-go');
  setText(go, action);
  go.className = tone === 'wrong' ? 'danger' : 'primary';
  const input = field && inputFor(field);
  const label = create('label', 'field', field?.label ?? '');
  if (input !== undefined) label.append(input);
  byId('ask-field').replaceChildren(...(input === undefined ? [] : [label]));
  dialog.returnValue = '';
  dialog.showModal();
  input?.focus();
  return new Promise((resolve) => {
    const close = () => resolve(dialog.returnValue === 'go' ? (input?.value.trim() ?? '') : undefined);
    dialog.addEventListener('close', close, { once: true });
  });
}

export function startAsking(): void {
  const dialog = byId<HTMLDialogElement>('ask');
  byId('ask-form').onsubmit = (event) => {
    event.preventDefault();
    dialog.close('go');
  };
  byId('ask-cancel').onclick = () => dialog.close('');
}

function inputFor(field: Field): HTMLInputElement | HTMLSelectElement {
  if (field.kind === 'choice') {
    const select = create('select');
    for (const { value, text } of field.options) select.add(new Option(text, value));
    return select;
  }
  const input = create('input');
  input.value = field.value;
  input.maxLength = 64;
  input.required = true;
  return input;
}
