/** Two signals so close together are one request: `timeout` signals its child, and then the child's process group. */
const repeatMs = 500;

type Answers = {
  /** The first request. */
  readonly stop: () => void;
  /** A later request: the user does not want to wait. */
  readonly stopAtOnce: () => void;
  /** A clock that only goes forward, in ms. */
  readonly monotonicMs: () => number;
};

/** What is to be called with each request to stop. */
export function stopRequests({ stop, stopAtOnce, monotonicMs }: Answers): () => void {
  let firstAtMs: number | undefined;
  return () => {
    const nowMs = monotonicMs();
    if (firstAtMs === undefined) {
      firstAtMs = nowMs;
      stop();
    } else if (nowMs - firstAtMs >= repeatMs) {
      stopAtOnce();
    }
  };
}
