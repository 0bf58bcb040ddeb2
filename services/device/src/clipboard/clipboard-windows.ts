import type { Clipboard } from './clipboard';
import { scriptedClipboard } from './clipboard-scripted';

const prelude = `$ErrorActionPreference = 'Stop'
Add-Type -AssemblyName System.Windows.Forms, System.Drawing
`;

/** Another process may have the clipboard open for a moment. */
const readScript = `${prelude}
for ($try = 0; $try -lt 10; $try++) {
  try { $data = [Windows.Forms.Clipboard]::GetDataObject(); break } catch { Start-Sleep -Milliseconds 50 }
}
if ($null -eq $data -or $data.GetFormats().Count -eq 0) { 'empty'; exit 0 }
if ($data.GetDataPresent('ExcludeClipboardContentFromMonitorProcessing')) { 'concealed'; exit 0 }
if ($data.GetDataPresent('FileDrop')) { 'other'; exit 0 }
$png = $data.GetData('PNG')
if ($png -is [IO.MemoryStream]) { 'image ' + [Convert]::ToBase64String($png.ToArray()); exit 0 }
if ([Windows.Forms.Clipboard]::ContainsImage()) {
  $stream = New-Object IO.MemoryStream
  [Windows.Forms.Clipboard]::GetImage().Save($stream, [Drawing.Imaging.ImageFormat]::Png)
  'image ' + [Convert]::ToBase64String($stream.ToArray()); exit 0
}
if (-not [Windows.Forms.Clipboard]::ContainsText()) { 'other'; exit 0 }
'text ' + [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes([Windows.Forms.Clipboard]::GetText()))`;

/** SetDataObject with `true` leaves the content there when the process ends. */
const writeScript = `${prelude}
$kind, $base64 = [Console]::In.ReadToEnd().Trim() -split ' '
$bytes = [Convert]::FromBase64String($base64)
$data = New-Object Windows.Forms.DataObject
if ($kind -eq 'image') {
  $data.SetData('PNG', $false, (New-Object IO.MemoryStream(,$bytes)))
  $data.SetImage([Drawing.Image]::FromStream((New-Object IO.MemoryStream(,$bytes))))
} else { $data.SetText([Text.Encoding]::UTF8.GetString($bytes)) }
[Windows.Forms.Clipboard]::SetDataObject($data, $true, 10, 50)`;

/** Windows counts the changes; the loop ends with whoever began it, whose end closes the pipe. */
const watchScript = `$ErrorActionPreference = 'Stop'
$parent = Get-Process -Id (Get-CimInstance Win32_Process -Filter "ProcessId = $PID").ParentProcessId
$count = Add-Type -PassThru -Name Count -Namespace OpenRelay -MemberDefinition '[DllImport("user32.dll")] public static extern uint GetClipboardSequenceNumber();'
$seen = $count::GetClipboardSequenceNumber()
while (-not $parent.HasExited) {
  Start-Sleep -Milliseconds 400
  $now = $count::GetClipboardSequenceNumber()
  if ($now -ne $seen) { $seen = $now; 'changed' }
}`;

/** Windows through its own PowerShell. Not tried on Windows. */
export function windowsClipboard(env: Readonly<Record<string, string | undefined>>): Clipboard {
  const fixed = ['-NoLogo', '-NoProfile', '-NonInteractive', '-STA', '-EncodedCommand'];
  const script = (text: string) => ({
    command: 'powershell.exe',
    args: [...fixed, Buffer.from(text, 'utf16le').toString('base64')],
  });
  return scriptedClipboard({
    tool: 'PowerShell',
    env,
    read: script(readScript),
    write: script(writeScript),
    watch: { ...script(watchScript), stream: 'stdout' },
  });
}
