import { isHardwareId } from '@openrelay/protocol';
import { CalledWrongly, type ExitCode } from '../exit-code';
import type { Session } from '../session';
import { deviceView } from '../views/device-view';

export async function device(session: Session, hash: string): Promise<ExitCode> {
  // What was given is not repeated: it may be a whole id with a slip in it.
  if (!isHardwareId(hash)) throw new CalledWrongly('HASH must be a SHA-256 or MD5 hash (64 or 32 hex digits).');
  const view = await session.overview.device(hash);
  session.answer(view, () => deviceView(view, session.link.clock.now(), session.width));
  return 0;
}
