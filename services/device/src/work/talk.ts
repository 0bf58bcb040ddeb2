/** What a request tells while it goes on, such as progress: JSON, for the command to show. */
export type Told = { readonly event: string } & Readonly<Record<string, unknown>>;

/** A question that only a person can answer. */
export type Question = { readonly about: string } & Readonly<Record<string, unknown>>;

/** Between whoever asks something of the device and the device, in one process or over the agent's socket. */
export type Talk = {
  tell(told: Told): void;
  /** What was answered; undefined when nobody can answer. @param signal aborted when the answer no longer matters */
  ask(question: Question, signal?: AbortSignal): Promise<string | undefined>;
  /** Aborted when who asked has cancelled it. */
  readonly cancelled: AbortSignal;
  /** Aborted when who asked is gone, also by a kill: nobody hears the answer. */
  readonly left: AbortSignal;
};
