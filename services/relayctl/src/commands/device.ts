import { isHardwareId } from '@openrelay/protocol';
import { CalledWrongly, type ExitCode } from '../session/exit-code';
import type { Session } from '../session/session';
import { deviceView } from '../views/device-view';

/** @throws CalledWrongly */
export function parseHash(text: string): string {
  if (isHardwareId(text)) return text;
  // What was given is not repeated: it may be a whole id with a slip in it.
  throw new CalledWrongly('HASH must be a SHA-256 or MD5 hash (64 or 32 hex digits).');
}

export async function device(session: Session, hash: string): Promise<ExitCode> {
  const view = await session.overview.device(hash);
  session.answer(view, () => deviceView(view, session.link.clock.now(), session.width));
  return 0;
}
