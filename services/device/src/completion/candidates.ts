import { completeCode, Peers, shownName } from '@openrelay/client';
import { peekStore } from '../stores/peek-store';
import { printableLine } from '../terminal/printable';
import type { Candidate, Completions } from './complete-line';
import type { WordKind } from './word-kind';

/** A word and what it is, a tab between them; `:files` and `:folders` for those that the shell knows itself. */
export async function candidateLines(completions: Completions, store: string): Promise<string[]> {
  const { words, kinds, before, typed } = completions;
  const found = await Promise.all(kinds.map((kind) => candidatesOf(kind, typed, store)));
  const fitting = [...words, ...found.flat()].filter(({ word }) => word.toLowerCase().startsWith(typed.toLowerCase()));
  const shellsOwn = kinds.flatMap((kind) => (kind === 'file' ? [':files'] : kind === 'folder' ? [':folders'] : []));
  return [...fitting.map(({ word, about }) => lineOf(`${before}${word}`, about)), ...shellsOwn];
}

async function candidatesOf(kind: WordKind, typed: string, store: string): Promise<readonly Candidate[]> {
  switch (kind) {
    case 'peer':
      return peersAfter('', store);
    case 'peers':
      return peersAfter(typed.slice(0, typed.lastIndexOf(',') + 1), store);
    case 'code':
      return completeCode(typed).map((word) => ({ word }));
    case 'file':
    case 'folder':
    case 'anything':
      return [];
    default:
      return kind.oneOf.map((word) => ({ word }));
  }
}

/** @param before those of a list that are typed already, with their commas */
async function peersAfter(before: string, store: string): Promise<readonly Candidate[]> {
  return (await Peers.open(await peekStore(store))).list().map((peer) => ({ word: `${before}${shownName(peer)}` }));
}

function lineOf(word: string, about: string | undefined): string {
  return about === undefined ? printableLine(word) : `${printableLine(word)}\t${about}`;
}
