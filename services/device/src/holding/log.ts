/**
 * `link`: of the connection; `trouble`: what a person should know of, whatever they are doing; `question`: the same, as long as it
 * waits for their answer.
 */
export type LogWeight = 'news' | 'link' | 'trouble' | 'question';

/** Takes a sentence of what the device does by itself. Without what must stay secret. */
export type Log = (sentence: string, weight: LogWeight) => void;
