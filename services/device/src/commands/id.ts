import { factLines } from '../terminal/table';
import type { Commands } from './commands';

export function registerId({ program, act }: Commands): void {
  act(program.command('id').description('the id and the name of this device, and its relay'), async (session) => {
    const identity = await session.ask('identity', {});
    session.voice.tell(identity, () =>
      factLines([
        ['id', identity.id],
        ['name', identity.name],
        ['relay', identity.relay],
      ]),
    );
    return 0;
  });
}
