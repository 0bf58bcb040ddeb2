import { legacyNotice } from '@openrelay/client';
import type { Voice } from '../session/voice';
import { localRelay } from '../settings/relay-url';
import { printableLine } from '../terminal/printable';
import { inBlackAndWhite, qrLines } from '../terminal/qr-code';
import type { Question, Told } from '../work/talk';

/** What to do on the other device. */
export function invitationLines(
  { event, status, text, id, uri }: Told,
  {
    voice,
    relay,
    windows,
  }: { readonly voice: Voice; readonly relay: string; readonly windows?: 'windows' | undefined },
): string[] {
  if (event === 'asked') return [askedSentence(status)];
  if (event === 'code-used')
    return ['Somebody tried this code and did not come through, so it is used up. A new one:', ''];
  if (windows === 'windows')
    return ['In the Windows app, within five minutes: Add Device (Relay), and this id:', '', `  ${String(id)}`, ''];
  const there = relay === localRelay ? '' : ` --relay ${relay}`;
  const command = voice.paint('bold', `openrelay pair ${String(text ?? id)}`);
  const begin = ['On the other device, within five minutes:', '', `  ${command}${there}`, ''];
  return typeof uri === 'string' && voice.isTerminal ? [...begin, ...qrOf(voice.columns, uri)] : begin;
}

function askedSentence(status: unknown): string {
  if (status === 'queued')
    return 'The Windows app is not connected: it is asked when it is, within five minutes. Copy something there.';
  return 'The Windows app shows a question: accept there.';
}

/** Nothing where it does not fit. */
function qrOf(columns: number, uri: string): string[] {
  const lines = qrLines(uri);
  const fits = lines.every((line) => line.length + 2 <= columns);
  return fits ? ['or scan there:', '', ...lines.map((line) => `  ${inBlackAndWhite(line)}`), ''] : [];
}

/** What is to be known before the answer. */
export function questionLines(
  { about, id, name, digits, replaces }: Question,
  bold: (text: string) => string,
): string[] {
  const who = `${printableLine(String(name))} (${String(id).slice(0, 8)})`;
  const former = printableLine(String(replaces));
  if (about === 'windows-app') {
    return [`The Windows app ${who} asks to be paired, as ${legacyNotice}.`, `Its id is ${String(id)}.`];
  }
  if (about !== 'digits') return [`${who} is known here as ${former}, under other keys.`];
  const replacing = replaces === undefined ? [] : [`A yes replaces the keys of ${former}.`, ''];
  return [`Both devices show six digits. Here, for ${who}:`, '', `  ${bold(String(digits))}`, '', ...replacing];
}

export function questionPrompt({ about }: Question): string {
  if (about === 'windows-app') return 'Pair with it? (within 25 seconds)';
  return about === 'digits' ? 'Are they the same on both?' : 'Replace its keys?';
}
