/** A paired device introduces another one of the same person, so that three machines need two codes and not three. */
export { IntroductionError, type IntroductionEvent, type IntroductionParts, Introductions } from './introductions';
