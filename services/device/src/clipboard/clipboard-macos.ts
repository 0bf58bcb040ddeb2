import type { Clipboard } from './clipboard';
import { scriptedClipboard } from './clipboard-scripted';

/** JavaScript for Automation, which every macOS brings. What nspasteboard.org says of concealed contents is followed. */
const prelude = `ObjC.import('AppKit');
const board = $.NSPasteboard.generalPasteboard;
const types = () => { const list = board.types; return list.isNil() ? [] : ObjC.deepUnwrap(list); };
`;

const readScript = `${prelude}
const hidden = ['org.nspasteboard.ConcealedType', 'org.nspasteboard.TransientType', 'com.agilebits.onepassword'];
const base64 = (data) => ObjC.unwrap(data.base64EncodedStringWithOptions(0));
function line() {
  const offered = types();
  if (offered.length === 0) return 'empty';
  if (offered.some((type) => hidden.includes(type))) return 'concealed';
  if (offered.includes('public.file-url')) return 'other';
  if (offered.includes('public.png')) return 'image ' + base64(board.dataForType('public.png'));
  if (offered.includes('public.tiff')) {
    const picture = $.NSBitmapImageRep.imageRepWithData(board.dataForType('public.tiff'));
    if (!picture.isNil()) return 'image ' + base64(picture.representationUsingTypeProperties(4, $({})));
  }
  const text = board.stringForType('public.utf8-plain-text');
  if (text.isNil()) return 'other';
  return 'text ' + base64(text.dataUsingEncoding(4));
}
line();`;

const writeScript = `${prelude}
const input = $.NSFileHandle.fileHandleWithStandardInput.readDataToEndOfFile;
const line = ObjC.unwrap($.NSString.alloc.initWithDataEncoding(input, 4)).trim().split(' ');
const data = $.NSData.alloc.initWithBase64EncodedStringOptions($(line[1] || ''), 0);
board.clearContents;
board.setDataForType(data, line[0] === 'image' ? 'public.png' : 'public.utf8-plain-text');`;

/** JavaScript for Automation writes its console to the error stream. The loop ends with whoever began it. */
const watchScript = `${prelude}
ObjC.import('unistd');
const parent = $.getppid();
let seen = board.changeCount;
while ($.getppid() === parent) {
  delay(0.5);
  if (board.changeCount !== seen) { seen = board.changeCount; console.log('changed'); }
}`;

/** macOS through osascript, text and images alike. Not tried on a Mac. */
export function macosClipboard(env: Readonly<Record<string, string | undefined>>): Clipboard {
  const script = (text: string) => ({ command: 'osascript', args: ['-l', 'JavaScript', '-e', text] });
  return scriptedClipboard({
    tool: 'osascript',
    env,
    read: script(readScript),
    write: script(writeScript),
    watch: { ...script(watchScript), stream: 'stderr' },
  });
}
