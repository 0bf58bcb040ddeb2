import { opsConnections, opsFlood } from '../../src/abuse/attacks/asking-ops';
import {
  compressionOffers,
  emptyTexts,
  endlessFragments,
  endlessPongs,
  largeBeforeRegister,
  manyKeys,
} from '../../src/abuse/attacks/flooding';
import { connections, halfOpen, registeredConnections, slowLoris, slowReaders } from '../../src/abuse/attacks/holding';
import { returningFlood } from '../../src/abuse/attacks/registering';
import { smuggling } from '../../src/abuse/attacks/smuggling';
import { playAll } from './short-form';

playAll([
  connections,
  registeredConnections,
  largeBeforeRegister,
  emptyTexts,
  manyKeys,
  endlessPongs,
  endlessFragments,
  returningFlood,
  compressionOffers,
  slowLoris,
  halfOpen,
  slowReaders,
  smuggling,
  opsConnections,
  opsFlood,
]);
