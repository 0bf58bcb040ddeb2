import { describe, expect, test } from '@jest/globals';
import { receivedImage } from '../../app/device/pictures';

describe('an image that a peer sent', () => {
  test.each(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])('of type %s keeps it', (mime) => {
    expect(receivedImage(Uint8Array.of(1), mime).type).toBe(mime);
  });

  test.each(['text/html', 'image/svg+xml', 'application/xhtml+xml', ''])(
    'of type %s is no page that a tab would open',
    (mime) => {
      expect(receivedImage(Uint8Array.of(1), mime).type).toBe('application/octet-stream');
    },
  );
});
